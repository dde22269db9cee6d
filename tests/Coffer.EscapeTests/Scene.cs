namespace Coffer.EscapeTests;

/// <summary>
/// A host with a folder that is granted and things beside it that are not, and the guests that want those. What holds
/// for every attempt is looked at in the end: nothing outside was changed, nothing of it and no name of the host
/// reached a guest, and the case has said what the trail or the trap tells of the attempt.
/// </summary>
internal sealed class Scene : IDisposable
{
    /// <summary>The content of everything that no guest may see.</summary>
    public const string Canary = "canary 5d1c";

    private readonly TemporaryDirectory house = new();
    private readonly TemporaryDirectory elsewhere = new();
    private readonly List<IDisposable> opened = [];
    private readonly List<Memory> memories = [];
    private Dictionary<string, string> outside;
    private int made;

    public Scene()
    {
        Put("granted/file", "inside");
        Put("granted/sub/file", "inside sub");
        Put("granted/sub/deep/file", "inside deep");
        Put("outside/secret", Canary);
        Put("outside/folder/inner", Canary);
        Put("granted-2/secret", Canary);
        Put("secret", Canary);
        File.WriteAllText(elsewhere["secret"], Canary);
        outside = Outside();
    }

    /// <summary>What is on record.</summary>
    public Trail Trail { get; } = new();

    /// <summary>The folder of the host that guests are granted.</summary>
    public string Granted => house["granted"];

    /// <summary>A file that guests may name, since they could know it: absolute, and not beside the granted folder.</summary>
    public string Elsewhere => elsewhere["secret"];

    /// <summary>What guests write to their standard streams.</summary>
    public MemoryStream Output { get; } = new();

    /// <summary>A place of the host beside the granted folder or, with its name in front, in it.</summary>
    public string Host(string relative) => house[relative];

    /// <summary>Has the host make a file, with the folders on the way.</summary>
    public void Put(string relative, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Host(relative))!);
        File.WriteAllText(Host(relative), content);
    }

    /// <summary>A place in the granted folder where nothing is yet.</summary>
    public string New(string extension) => Host($"granted/new{++made}.{extension}");

    /// <summary>Has the host make a link.</summary>
    public void Link(string relative, string target) => File.CreateSymbolicLink(Host(relative), target);

    /// <summary>What is outside now is how it is to be found in the end: the host has changed it.</summary>
    public void Remember() => outside = Outside();

    /// <summary>The grant of the folder, as <c>/data</c>.</summary>
    public DirectoryGrant Data(
        DirectoryAccess access = DirectoryAccess.All, DirectorySource source = DirectorySource.Host, string guest = "/data") =>
        new(source == DirectorySource.Memory ? "" : Granted, guest) { Access = access, Source = source };

    /// <summary>Options with streams, clocks, random numbers, and further grants.</summary>
    public WasiOptions Options(params Grant[] grants) => new()
    {
        Capabilities = Guest.Capabilities.With(grants),
        Audit = Trail.Audit,
        ProgramName = "hostile",
        StandardOutput = Output,
        StandardError = Output,
    };

    /// <summary>Starts a guest that does what it is told; the first grant of a directory is its descriptor 3.</summary>
    public AbiGuest Start(params Grant[] grants) => Start(Options(grants));

    /// <summary>Starts a guest that does what it is told.</summary>
    public AbiGuest Start(WasiOptions options) => Start(new AbiGuest(options));

    /// <summary>Starts a guest that does what it is told.</summary>
    public AbiGuest Start(AbiGuest guest)
    {
        Own(guest);
        guest.Store.SetDeadline(TimeSpan.FromSeconds(30));
        memories.Add(guest.Memory);
        return guest;
    }

    /// <summary>Starts a guest that is a program of its own.</summary>
    public GuestProgram Load(string body, StoreLimits? limits = null, WasiOptions? options = null, string header = "")
    {
        var program = Own(new GuestProgram(header + body, limits, options ?? Options()));
        if (program.Memory is { } memory) memories.Add(memory);
        return program;
    }

    /// <summary>A guest for each way to have the folder: itself, and with changes in memory.</summary>
    public IEnumerable<AbiGuest> EachSource() =>
        new[] { DirectorySource.Host, DirectorySource.Overlay }.Select(source => Start(Data(source: source)));

    /// <summary>Has something closed in the end.</summary>
    public T Own<T>(T resource) where T : IDisposable
    {
        opened.Add(resource);
        return resource;
    }

    /// <summary>What holds after every attempt.</summary>
    public void AssertHeld()
    {
        Assert.True(Trail.IsAsserted, "the case says nothing about what the trail or a trap tells");
        Assert.Equal(outside, Outside());
        AssertNotSeen(Output.ToArray(), "the output");
        foreach (var memory in memories) AssertNotSeen(memory.GetSpan(0, (int)memory.ByteLength), "the memory of a guest");
        foreach (var info in Below(Granted).OfType<FileInfo>().Where(IsRegular))
        {
            if (info.Length > 1 << 20) continue;
            Assert.DoesNotContain(Canary, File.ReadAllText(info.FullName), StringComparison.Ordinal);
        }
    }

    public void Dispose()
    {
        foreach (var resource in Enumerable.Reverse(opened)) resource.Dispose();
        Trail.Dispose();
        house.Dispose();
        elsewhere.Dispose();
    }

    private void AssertNotSeen(ReadOnlySpan<byte> bytes, string where)
    {
        Assert.True(bytes.IndexOf(System.Text.Encoding.UTF8.GetBytes(Canary)) < 0, $"{where} shows what is outside");
        var name = System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(house.Path));
        Assert.True(bytes.IndexOf(name) < 0, $"{where} shows a path of the host");
    }

    private static bool IsRegular(FileInfo info) =>
        (info.Attributes & (FileAttributes.Device | FileAttributes.ReparsePoint)) == 0 && info.Length > 0;

    private Dictionary<string, string> Outside() => Below(house.Path).Concat(Below(elsewhere.Path))
        .Append(new DirectoryInfo(house.Path))
        .Where(info => info.FullName != Granted && !info.FullName.StartsWith(Granted + "/", StringComparison.Ordinal))
        .ToDictionary(info => info.FullName, Describe);

    // No link is followed, which the enumeration of the platform would.
    private static IEnumerable<FileSystemInfo> Below(string folder) =>
        new DirectoryInfo(folder).EnumerateFileSystemInfos().SelectMany(info =>
            info is DirectoryInfo { LinkTarget: null } ? Below(info.FullName).Prepend(info) : [info]);

    private static string Describe(FileSystemInfo info)
    {
        var content = info.LinkTarget ?? (info is FileInfo ? File.ReadAllText(info.FullName) : "");
        return $"{info.UnixFileMode} {info.LastWriteTimeUtc.Ticks} {content}";
    }
}
