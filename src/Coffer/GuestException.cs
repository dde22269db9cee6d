namespace Coffer;

/// <summary>
/// An exception that a guest threw with <c>throw</c> (specification, section 4.2.13). Inside guests it is what an
/// <c>exnref</c> refers to; a host function may throw one to throw into its guest.
/// </summary>
public sealed class GuestException : CofferException
{
    internal readonly Tag TagObject;
    internal readonly Value[] Payload;

    /// <summary>An exception with a tag and the values that its type asks for.</summary>
    public GuestException(Tag tag, params Value[] values) : base("uncaught exception: the guest threw an exception that nobody caught")
    {
        TagObject = tag;
        Payload = values;
    }

    /// <summary>What kind of exception it is.</summary>
    public Tag Tag => TagObject;

    /// <summary>The values it carries.</summary>
    public IReadOnlyList<Value> Values => Payload;

    private IReadOnlyList<WasmFrame>? trace;

    /// <summary>Where the guest was when it threw, innermost frame first.</summary>
    public IReadOnlyList<WasmFrame> WasmTrace => trace ??= Diagnostics.WasmStackTrace.Collect(this);
}
