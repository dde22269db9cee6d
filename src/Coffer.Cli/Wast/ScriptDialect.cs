namespace Coffer.Cli.Wast;

/// <summary>What the scripts of a project mean where they differ from the specification's suite.</summary>
internal enum ScriptDialect
{
    /// <summary>The specification's own suite.</summary>
    Specification,

    /// <summary>
    /// wasm-tools: modules are only validated, nothing is linked or run, and what is malformed and what is invalid are
    /// not told apart.
    /// </summary>
    ValidationOnly,

    /// <summary>
    /// wasmtime: a named module can be imported by its name, exhaustion is a trap, and traps have words of their own.
    /// </summary>
    Wasmtime,
}
