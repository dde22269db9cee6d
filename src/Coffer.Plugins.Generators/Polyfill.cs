namespace System.Runtime.CompilerServices;

/// <summary>What the compiler needs for records, and the older platform does not have.</summary>
internal static class IsExternalInit;
