namespace Coffer.Plugins.Typed;

/// <summary>
/// What a plugin exports, as an interface: the generator makes a class beside it, named as the interface without <c>I</c>
/// and with <c>Plugin</c> after, which takes a <see cref="Plugin"/> and calls it. See docs/plugins.md for the convention.
/// </summary>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class PluginInterfaceAttribute : Attribute
{
    /// <summary>A <c>JsonSerializerContext</c> that knows the records of the interface; without one they are found at run time.</summary>
    public Type? Json { get; init; }
}

/// <summary>
/// What the host offers to plugins, as an interface: the generator makes a class beside it, named as the interface without
/// <c>I</c> and with <c>Functions</c> after, which makes <see cref="PluginFunction"/>s of an implementation.
/// </summary>
/// <param name="module">The module from which plugins import the functions.</param>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class PluginHostInterfaceAttribute(string module) : Attribute
{
    /// <summary>The module from which plugins import the functions.</summary>
    public string Module { get; } = module;

    /// <summary>A <c>JsonSerializerContext</c> that knows the records of the interface; without one they are found at run time.</summary>
    public Type? Json { get; init; }
}

/// <summary>The name that a method has in WebAssembly; without it, that of the method in small letters with underscores.</summary>
/// <param name="name">The name.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WasmNameAttribute(string name) : Attribute
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;
}
