using Coffer.Cli.Running;
using Coffer.Native;
using Coffer.Native.Artifacts;
using Coffer.Wasi;

namespace Coffer.Cli.Standalone;

/// <summary>What executables in the cache were made by and for, but for the module.</summary>
internal static class CommandIdentity
{
    // All that is compiled into an executable: a change of any of it makes others.
    private static readonly Type[] Parts =
        [typeof(Engine), typeof(Capabilities.CapabilitySet), typeof(WasiHost), typeof(ModuleLoader), typeof(CommandIdentity)];

    /// <summary>That of this command on this machine.</summary>
    public static ArtifactDescription Here(CommandContext context)
    {
        var builds = string.Concat(Parts.Select(part => part.Module.ModuleVersionId.ToString("N")));
        return ArtifactDescription.Of([], PlainRun.Of(context, [RunLine.Verb, "any"])!.ToEngineOptions())
            .With(LauncherFiles.BuildLine, Hexadecimal.Of(Sha256.Hash(System.Text.Encoding.ASCII.GetBytes(builds))));
    }
}
