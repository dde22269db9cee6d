namespace System.Runtime.CompilerServices;

/// <summary>
/// The runtime knows this attribute by its name, and lets an assembly that bears it use what another one keeps to
/// itself. It is declared nowhere else.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
