namespace Coffer.Cli.Wast;

/// <summary>What scripts of a project mean where the specification's suite leaves it open, or where they differ from it.</summary>
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
