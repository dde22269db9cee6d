using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Coffer.Cli.Standalone;
using Coffer.Native.Ambient;

namespace Coffer.Native.Tests.Launching;

/// <summary>The translator that was built, with a module.</summary>
[UnsupportedOSPlatform("windows")]
internal static class TranslatorRun
{
    /// <summary>Classes that are not run side by side: descriptors that the translator is to have go to every process that is started meanwhile.</summary>
    public const string Alone = "translator";

    /// <summary>Where it is.</summary>
    public static string Program { get; } = Path.Combine(Path.GetDirectoryName(LauncherBench.Command)!, LauncherFiles.Translator);

    /// <summary>What it makes of a module; null when it makes nothing.</summary>
    public static (byte[] Record, byte[] Image)? Translate(ReadOnlySpan<byte> module, MemoryMode memory, bool consumesFuel)
    {
        var file = TranslationFile.Create(module, (int)memory, consumesFuel)!;
        Assert.True(Handover.TryCreatePipe(out var readEnd, out var writeEnd));
        try
        {
            int[] descriptors = [file.Descriptor, file.ImageDescriptor, writeEnd];
            foreach (var descriptor in descriptors) Handover.Keep(descriptor);
            using (var process = Process.Start(Program, descriptors.Select(descriptor => descriptor.ToString(CultureInfo.InvariantCulture))))
            {
                Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)));
                if (process.ExitCode != 0)
                {
                    Assert.Equal(1, process.ExitCode);
                    return null;
                }
            }

            Assert.True(Handover.Wait(readEnd));
            var whole = TranslationFile.Open(file.Descriptor, file.ImageDescriptor)!;
            Assert.Equal(typeof(Engine).Module.ModuleVersionId, whole.Build);
            return (Bytes(whole.MapRecord()), File.ReadAllBytes(whole.ImagePath));
        }
        finally
        {
            file.Close();
            Handover.CloseLater(writeEnd);
        }
    }

    private static byte[] Bytes(MappedBytes mapped) => new Coffer.Runtime.StaticMemory(mapped.Address, mapped.Length).Memory.ToArray();
}
