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
    /// <exception cref="ArgumentException">The values do not fit the tag's type, or belong to another store.</exception>
    public GuestException(Tag tag, params Value[] values) : this(values, tag)
    {
        var types = tag.FunctionType.Parameters;
        if (values.Length != types.Length)
        {
            throw new ArgumentException($"The tag asks for {types.Length} values ({tag.FunctionType}), not {values.Length}.");
        }

        for (var i = 0; i < values.Length; i++) Embedding.ValueChecks.Require(values[i], types[i], tag.Store, $"value {i}");
        Payload = [.. values];
    }

    /// <summary>An exception whose values its thrower fills in.</summary>
    internal GuestException(Value[] values, Tag tag) : base("uncaught exception: the guest threw an exception that nobody caught")
    {
        ArgumentNullException.ThrowIfNull(tag);
        ArgumentNullException.ThrowIfNull(values);
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
