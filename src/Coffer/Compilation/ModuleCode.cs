using Coffer.Runtime;

namespace Coffer.Compilation;

/// <summary>
/// The code of a module: its class of instances, and an entry point for each method row. Thread-safe.
/// </summary>
internal abstract class ModuleCode
{
    /// <summary>An object of the class derived from <see cref="GuestInstance"/>, not linked yet.</summary>
    public abstract GuestInstance NewInstance();

    /// <summary>The entry point of a method by its row: functions first, then the code of constants.</summary>
    public abstract nint Pointer(int row);
}
