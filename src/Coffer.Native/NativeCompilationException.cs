namespace Coffer.Native;

/// <summary>Native code could not be made. The module itself is fine, and runs with the JIT compiler.</summary>
public sealed class NativeCompilationException : CofferException
{
    /// <summary>A failure and its reason.</summary>
    public NativeCompilationException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
