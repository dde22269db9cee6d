using System.Text;
using Coffer.Fuzz.Wasi.Model;

namespace Coffer.Fuzz.Wasi;

/// <summary>What is in each granted directory at the start: files, directories, and links of every kind.</summary>
internal static class SeedTree
{
    private static readonly (string Path, NodeKind Kind, string Text)[] Entries =
    [
        ("a", NodeKind.File, "content of a"),
        ("d", NodeKind.Folder, ""),
        ("d/f", NodeKind.File, "content of f"),
        ("d/e", NodeKind.Folder, ""),
        ("d/e/c", NodeKind.Link, "../../a"),
        ("l", NodeKind.Link, "a"),
        ("k", NodeKind.Link, "d"),
        ("m", NodeKind.Link, "missing"),
        ("o", NodeKind.Link, "o"),
        ("x", NodeKind.Link, "../outside/secret"),
        ("y", NodeKind.Link, "d/e/"),
    ];

    public static void AddTo(string hostFolder)
    {
        foreach (var (path, kind, text) in Entries)
        {
            var full = Path.Combine(hostFolder, path);
            if (kind == NodeKind.Folder) Directory.CreateDirectory(full);
            else if (kind == NodeKind.File) File.WriteAllText(full, text);
            else File.CreateSymbolicLink(full, text);
        }
    }

    public static ModelNode Model()
    {
        var root = new ModelNode(NodeKind.Folder);
        foreach (var (path, kind, text) in Entries)
        {
            var parts = path.Split('/');
            var parent = parts[..^1].Aggregate(root, (folder, name) => folder.Children[name]);
            var node = new ModelNode(kind) { Target = text };
            if (kind == NodeKind.File) node.Content = Encoding.ASCII.GetBytes(text);
            parent.Add(parts[^1], node);
        }

        return root;
    }

    /// <summary>Makes it with the calls of a guest, where there is no other way.</summary>
    public static void AddTo(WasiSandbox sandbox, int descriptor)
    {
        const int path = 0x1000, data = 0x3000, list = 0x5000, result = 0x800;
        foreach (var (name, kind, text) in Entries)
        {
            var (nameBytes, textBytes) = (Encoding.ASCII.GetBytes(name), Encoding.ASCII.GetBytes(text));
            (int, byte[])[] inputs = [(path, nameBytes), (data, textBytes), (list, [0, 0x30, 0, 0, (byte)text.Length, 0, 0, 0])];
            switch (kind)
            {
                case NodeKind.Folder:
                    Require(sandbox, inputs, "path_create_directory", descriptor, path, name.Length);
                    break;
                case NodeKind.Link:
                    Require(sandbox, inputs, "path_symlink", data, text.Length, descriptor, path, name.Length);
                    break;
                default:
                    Require(sandbox, inputs, "path_open", descriptor, 0, path, name.Length, 1, 1 << 6, 0, 0, result);
                    var file = sandbox.Memory.Read<int>(result);
                    Require(sandbox, [], "fd_write", file, list, 1, result);
                    Require(sandbox, [], "fd_close", file);
                    break;
            }
        }
    }

    private static void Require(
        WasiSandbox sandbox, (int, byte[])[] inputs, string function, params long[] arguments)
    {
        var call = new WasiCall(WasiFunction.Named(function), arguments, inputs);
        sandbox.Put(call);
        var error = sandbox.Call(call);
        if (error != 0) throw new InvalidOperationException($"{call} ended with {error}");
    }
}
