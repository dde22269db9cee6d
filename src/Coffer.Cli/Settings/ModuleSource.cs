using Coffer.Native;
using Coffer.Native.Artifacts;
using Coffer.Text;

namespace Coffer.Cli.Settings;

/// <summary>Modules in files, in either format; the content tells which.</summary>
internal static class ModuleSource
{
    /// <summary>Whether bytes are in the binary format (or mean to be).</summary>
    public static bool IsBinary(ReadOnlySpan<byte> content) => content.StartsWith("\0asm"u8);

    /// <summary>Reads a module and gives it in the binary format.</summary>
    /// <exception cref="CommandFailure">The file cannot be read, or its text is malformed.</exception>
    public static byte[] ReadBinary(CommandContext context, string path, Features features)
    {
        var content = context.Files.ReadAll(path);
        return ToBinary(path, content, features);
    }

    /// <summary>Reads a module or an artifact, and uses the native code there is for it; errors name its file.</summary>
    public static Module Load(CommandContext context, ModuleLoader loader, Engine engine, string path)
    {
        var content = context.Files.ReadAll(path);
        var isArtifact = Artifact.IsLikely(content);
        var bytes = isArtifact ? content : ToBinary(path, content, engine.Options.Features);
        return NameErrors(path, () => loader.Load(bytes, Path.GetFileName(path), context.Cancellation));
    }

    private static byte[] ToBinary(string path, byte[] content, Features features)
    {
        if (Artifact.IsLikely(content)) return NameErrors(path, () => ModuleLoader.ReadArtifact(content)).Module.ToArray();
        return IsBinary(content) ? content : Translate(path, content, features, keepNames: true);
    }

    /// <summary>Translates text, with errors that say the place as editors understand it.</summary>
    public static byte[] Translate(string path, byte[] text, Features features, bool keepNames)
    {
        if (text.AsSpan(0, Math.Min(text.Length, 512)).Contains((byte)0))
        {
            throw new CommandFailure(
                ExitCode.InvalidModule, $"\"{path}\" is no WebAssembly module: neither \\0asm at its start nor text");
        }

        try
        {
            return TextFormat.Parse(text, features, keepNames);
        }
        catch (MalformedException e) when (e.Line > 0)
        {
            throw new CommandFailure(
                ExitCode.InvalidModule, $"{path}:{e.Line}:{e.Column}: malformed module: {e.Reason}", inner: e);
        }
    }

    /// <summary>Reads and compiles a module; errors name its file.</summary>
    public static Module Compile(CommandContext context, Engine engine, string path)
    {
        var bytes = ReadBinary(context, path, engine.Options.Features);
        return NameErrors(path, () => Module.Compile(engine, bytes, Path.GetFileName(path)));
    }

    /// <summary>Does something with a module; errors of the module name its file.</summary>
    public static T NameErrors<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (MalformedException e)
        {
            throw new CommandFailure(ExitCode.InvalidModule, $"{path}: malformed module: {e.Message}", inner: e);
        }
        catch (InvalidException e)
        {
            throw new CommandFailure(ExitCode.InvalidModule, $"{path}: invalid module: {e.Message}", inner: e);
        }
    }
}
