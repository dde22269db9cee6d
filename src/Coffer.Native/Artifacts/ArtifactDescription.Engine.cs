using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Coffer.Native.Artifacts;

/// <content>What an engine in this process says; apart, because the launcher of the command has no engine.</content>
internal sealed partial class ArtifactDescription
{
    /// <summary>What a module compiled by an engine in this process would say.</summary>
    public static ArtifactDescription Of(ReadOnlySpan<byte> module, EngineOptions options)
    {
        return new ArtifactDescription(
        [
            new(Content, Hexadecimal.Of(ContentHash.Of(module))),
            new("engine", BuildOf(typeof(Engine))),
            new("runtime", BuildOf(typeof(object))),
            new("platform", RuntimeInformation.RuntimeIdentifier),
            new(Processor, string.Join(',', Native.CpuFeatures.Here)),
            new("features", ((ulong)options.Features).ToString("x", CultureInfo.InvariantCulture)),
            new("limits", Hexadecimal.Of(Sha256.Hash(Encoding.UTF8.GetBytes(options.Limits.ToString())))[..16]),
            new(Memory, NameOf(options.Memory.Mode)),
            new(Fuel, options.ConsumeFuel ? Yes : "no"),
            new("interruptible", options.Interruptible ? Yes : "no"),
        ]);
    }

    // What tells one build of an assembly from another. Names and versions need reflection, which takes its time.
    private static string BuildOf(Type type) => Hexadecimal.Of(type.Module.ModuleVersionId.ToByteArray());

    // Enum.ToString asks reflection.
    private static string NameOf(MemoryMode mode) => mode switch
    {
        MemoryMode.Auto => "auto",
        MemoryMode.Guarded => "guarded",
        _ => "checked",
    };
}
