namespace Coffer.ProxyWasm;

/// <summary>A filter of one of the two ABIs, with all its VMs. Disposing it lets what is under way come to its end.</summary>
public interface IFilter : IAsyncDisposable
{
    /// <summary>How it is run.</summary>
    FilterOptions Options { get; }

    /// <summary>The module.</summary>
    Module Module { get; }

    /// <summary>The ABI with its version, such as <c>proxy-wasm 0.2.1</c>.</summary>
    string Abi { get; }

    /// <summary>How many VMs there are that work.</summary>
    int RunningWorkers { get; }
}
