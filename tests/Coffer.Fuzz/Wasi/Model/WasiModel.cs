using Coffer.Capabilities.Files;

namespace Coffer.Fuzz.Wasi.Model;

/// <summary>
/// What WASI preview 1 comes to: descriptors over trees in memory, written for the tests alone. It says of each call
/// which error it must end with and which bytes it must write, and does in its trees what the call must do.
/// </summary>
internal sealed class WasiModel
{
    private readonly List<ModelDescriptor?> descriptors = [];
    private readonly ModelOpening opening;

    public WasiModel(params ReadOnlySpan<ModelGrant> grants)
    {
        opening = new ModelOpening(this);
        for (var i = 0; i < 3; i++)
        {
            var rights = ModelRights.Stream & ~(i == 0 ? ModelRights.Write : ModelRights.Read);
            descriptors.Add(new ModelDescriptor { Rights = rights });
        }

        foreach (var grant in grants)
        {
            descriptors.Add(new ModelDescriptor
            {
                Node = grant.Root,
                Grant = grant,
                IsPreopened = true,
                Rights = ModelRights.Folder,
                Inheriting = ModelRights.Folder | ModelRights.File,
            });
        }
    }

    public ModelDescriptor? Find(int number) => (uint)number < descriptors.Count ? descriptors[number] : null;

    /// <summary>The descriptors that are open, but for the standard streams.</summary>
    public IEnumerable<int> Numbers() =>
        Enumerable.Range(0, descriptors.Count).Where(number => descriptors[number]?.Node is not null);

    public int Add(ModelDescriptor descriptor)
    {
        var number = descriptors.IndexOf(null);
        if (number < 0)
        {
            number = descriptors.Count;
            descriptors.Add(null);
        }

        descriptors[number] = descriptor;
        return number;
    }

    /// <summary>Does a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="memory">The memory before it.</param>
    /// <param name="actual">What it came to, for the few that may end either way.</param>
    public Expectation Do(WasiCall call, byte[] memory, Errno actual)
    {
        var mistakes = new Mistakes(this, call, memory);
        return call.Name switch
        {
            "fd_close" => Close(call, mistakes),
            "fd_renumber" => Renumber(call, mistakes),
            "fd_fdstat_get" => GetDescriptorStatus(mistakes),
            "fd_fdstat_set_rights" => SetRights(call, mistakes),
            "fd_prestat_get" => GetPreopen(mistakes),
            "fd_prestat_dir_name" => GetPreopenName(call, mistakes),
            "path_open" => opening.Do(call, mistakes),
            _ when UsesStream(call) => Expectation.Unmodelled(call.Function.Outputs(call, memory)),
            _ => ModelFiles.Do(call, mistakes, memory, actual) ?? ModelTransfers.Do(call, mistakes, memory, actual)
                ?? ModelPaths.Do(call, mistakes) ?? Expectation.Unmodelled(call.Function.Outputs(call, memory)),
        };
    }

    // Streams are the subject of other tests.
    private bool UsesStream(WasiCall call) =>
        call.Name.StartsWith("fd_", StringComparison.Ordinal) && Find(call.Number(0)) is { Node: null };

    private Expectation Close(WasiCall call, Mistakes mistakes)
    {
        mistakes.Descriptor(0, 0);
        if (mistakes.Any) return mistakes.Expected;
        descriptors[call.Number(0)] = null;
        return Expectation.Of(Errno.Success);
    }

    private Expectation Renumber(WasiCall call, Mistakes mistakes)
    {
        var moved = mistakes.Descriptor(0, 0);
        mistakes.Descriptor(1, 0);
        if (mistakes.Any) return mistakes.Expected;
        descriptors[call.Number(0)] = null;
        descriptors[call.Number(1)] = moved;
        return Expectation.Of(Errno.Success);
    }

    private static Expectation GetDescriptorStatus(Mistakes mistakes)
    {
        var descriptor = mistakes.Descriptor(0, 0);
        var result = mistakes.Output(1, 24);
        if (mistakes.Any) return mistakes.Expected;
        var type = descriptor!.Node is null ? 0UL : descriptor.IsFolder ? 3UL : 4UL;
        return Expectation.Of(Errno.Success)
            .Writes(result, type | ((ulong)descriptor.Flags << 16))
            .Writes(result + 8, descriptor.Rights)
            .Writes(result + 16, descriptor.Inheriting);
    }

    private static Expectation SetRights(WasiCall call, Mistakes mistakes)
    {
        var descriptor = mistakes.Descriptor(0, 0);
        var (rights, inheriting) = ((ulong)call.Arguments[1], (ulong)call.Arguments[2]);
        mistakes.If(
            descriptor is not null && ((rights & ~descriptor.Rights) | (inheriting & ~descriptor.Inheriting)) != 0,
            Errno.NotCapable);
        if (mistakes.Any) return mistakes.Expected;
        (descriptor!.Rights, descriptor.Inheriting) = (rights, inheriting);
        return Expectation.Of(Errno.Success);
    }

    private static Expectation GetPreopen(Mistakes mistakes)
    {
        var descriptor = mistakes.Descriptor(0, 0);
        mistakes.If(descriptor is { IsPreopened: false }, Errno.BadDescriptor);
        var result = mistakes.Output(1, 8);
        return mistakes.Any
            ? mistakes.Expected
            : Expectation.Of(Errno.Success).Writes(result, (ulong)descriptor!.Grant!.Name.Length << 32);
    }

    private static Expectation GetPreopenName(WasiCall call, Mistakes mistakes)
    {
        var descriptor = mistakes.Descriptor(0, 0);
        mistakes.If(descriptor is { IsPreopened: false }, Errno.BadDescriptor);
        var name = System.Text.Encoding.ASCII.GetBytes(descriptor?.Grant?.Name ?? "");
        mistakes.If(call.Pointer(2) < name.Length, Errno.NameTooLong);
        var result = mistakes.Output(1, name.Length);
        return mistakes.Any ? mistakes.Expected : Expectation.Of(Errno.Success).Writes(result, name);
    }
}
