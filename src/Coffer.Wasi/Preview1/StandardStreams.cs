using Coffer.Capabilities.Files;
using Coffer.Capabilities.Grants;

namespace Coffer.Wasi.Preview1;

/// <summary>
/// Descriptors 0, 1 and 2, which every program has. Whether it may use them is decided when it first does; one that it
/// may not use refuses every time.
/// </summary>
internal sealed class StandardStreams(Authority authority, StreamHandle input, StreamHandle output, StreamHandle error)
{
    private readonly StreamHandle[] handles = [input, output, error];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly bool[] allowed = new bool[3];

    /// <summary>The three, in the order of their descriptors.</summary>
    public IReadOnlyList<StreamHandle> Handles => handles;

    /// <summary>Whether a stream may be read or written.</summary>
    public bool Allows(string operation, StreamHandle stream)
    {
        var index = Array.IndexOf(handles, stream);
        if (index < 0 || allowed[index]) return true;
        var name = StreamGrant.NameOf((StandardStream)index);
        return allowed[index] = authority.Allows(CapabilityKind.StandardStream, operation, name);
    }

    /// <summary>Hands what the guest wrote on to where it goes. A stream that does not take it is left alone in the end.</summary>
    public void Flush()
    {
        handles[1].Finish(Patience);
        handles[2].Finish(Patience);
    }
}
