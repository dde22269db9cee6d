using System.Collections.Immutable;

namespace Coffer.Text;

/// <summary>One command of a script. Names of modules and threads are written without their <c>$</c>.</summary>
/// <param name="Line">The line it begins on, counted from 1.</param>
internal abstract record WastDirective(int Line);

/// <summary>
/// Defines a module and instantiates it; the instance becomes the current one, and <c>Name</c> if given.
/// </summary>
internal sealed record ModuleDirective(int Line, string? Name, WastModule Module) : WastDirective(Line);

/// <summary><c>(module definition …)</c>: defines (decodes and validates) a module without instantiating it.</summary>
internal sealed record ModuleDefinitionDirective(int Line, string? Name, WastModule Module) : WastDirective(Line);

/// <summary><c>(module instance $instance $definition)</c>; without a definition, the last one.</summary>
internal sealed record ModuleInstanceDirective(int Line, string? Name, string? Definition) : WastDirective(Line);

/// <summary>
/// Makes the exports of an instance (the current one without a name) importable as module <c>ImportName</c>.
/// </summary>
internal sealed record RegisterDirective(int Line, string ImportName, string? Module) : WastDirective(Line);

/// <summary>Does something and ignores its results.</summary>
internal sealed record ActionDirective(int Line, WastAction Action) : WastDirective(Line);

/// <summary>The action returns values that match the patterns, as many as there are.</summary>
internal sealed record AssertReturnDirective(int Line, WastAction Action, ImmutableArray<WastPattern> Results)
    : WastDirective(Line);

/// <summary>The action traps with this message (as a prefix).</summary>
internal sealed record AssertTrapDirective(int Line, WastAction Action, string Message) : WastDirective(Line);

/// <summary>Instantiating the module traps with this message.</summary>
internal sealed record AssertModuleTrapDirective(int Line, WastModule Module, string Message) : WastDirective(Line);

/// <summary>The action exhausts the call stack.</summary>
internal sealed record AssertExhaustionDirective(int Line, WastAction Action, string Message) : WastDirective(Line);

/// <summary>The action ends in an exception that nothing caught.</summary>
internal sealed record AssertExceptionDirective(int Line, WastAction Action) : WastDirective(Line);

/// <summary>The action suspends with nobody to handle it (stack switching).</summary>
internal sealed record AssertSuspensionDirective(int Line, WastAction Action, string Message) : WastDirective(Line);

/// <summary>
/// The module cannot be decoded or parsed; <c>IsCustom</c> when the fault lies in a custom section or annotation.
/// </summary>
internal sealed record AssertMalformedDirective(int Line, WastModule Module, string Message, bool IsCustom)
    : WastDirective(Line);

/// <summary>
/// The module does not validate; <c>IsCustom</c> when the fault lies in a custom section or annotation.
/// </summary>
internal sealed record AssertInvalidDirective(int Line, WastModule Module, string Message, bool IsCustom)
    : WastDirective(Line);

/// <summary>The module cannot be linked.</summary>
internal sealed record AssertUnlinkableDirective(int Line, WastModule Module, string Message) : WastDirective(Line);

/// <summary>Runs directives on a thread of its own that knows only the modules named in <c>Shared</c>.</summary>
internal sealed record ThreadDirective(
    int Line, string Name, ImmutableArray<string> Shared, ImmutableArray<WastDirective> Body) : WastDirective(Line);

/// <summary>Waits for a thread to end.</summary>
internal sealed record WaitDirective(int Line, string Thread) : WastDirective(Line);

/// <summary>What a directive does with an instance; the current one when <c>Module</c> is null.</summary>
internal abstract record WastAction(string? Module, string Name);

/// <summary>Calls an exported function.</summary>
internal sealed record InvokeAction(string? Module, string Name, ImmutableArray<WastValue> Arguments)
    : WastAction(Module, Name);

/// <summary>Reads an exported global.</summary>
internal sealed record GetAction(string? Module, string Name) : WastAction(Module, Name);
