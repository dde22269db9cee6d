using System.Text;
using Coffer.Edge.Configuration;
using Coffer.Plugins.Versions;
using Coffer.ProxyWasm;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Filters;

/// <summary>Reads what the files of servers say of filters.</summary>
internal static class FilterConfigurationReader
{
    /// <summary>Reads a filter.</summary>
    public static FilterConfiguration Read(JsonValue value, string name) =>
        new() { Module = value.Require("module").Text, Place = value, Options = ReadOptions(value, name) };

    /// <summary>How a filter is run.</summary>
    public static FilterOptions ReadOptions(JsonValue value, string name)
    {
        value.Only(
            "module", "rootId", "vmId", "configuration", "vmConfiguration", "environment", "workers", "memory", "deadline",
            "startDeadline", "failure", "backoff", "bufferLimit", "pauseLimit", "continuesBody", "upstreams", "maximumCalls", "logLevel");
        var standard = new FilterOptions();
        return new FilterOptions
        {
            Name = name,
            RootId = value["rootId"]?.Text ?? "",
            VmId = value["vmId"]?.Text ?? "",
            Configuration = Content(value["configuration"]),
            VmConfiguration = Content(value["vmConfiguration"]),
            Environment = Texts(value["environment"]),
            Workers = value["workers"]?.Number(1, 1024) ?? standard.Workers,
            MemoryBytes = (ulong)(value["memory"]?.Bytes ?? (long)standard.MemoryBytes),
            CallbackDeadline = value["deadline"]?.Duration ?? standard.CallbackDeadline,
            StartDeadline = value["startDeadline"]?.Duration ?? standard.StartDeadline,
            Failure = value["failure"]?.Word("closed", "open", "reload") switch
            {
                1 => FailurePolicy.FailOpen,
                2 => FailurePolicy.FailReload,
                _ => FailurePolicy.FailClosed,
            },
            Backoff = value["backoff"]?.Duration is { } backoff ? standard.Backoff with { Initial = backoff } : standard.Backoff,
            BufferLimit = (int)(value["bufferLimit"]?.Bytes ?? standard.BufferLimit),
            PauseLimit = value["pauseLimit"]?.Duration ?? standard.PauseLimit,
            ContinuesBodyWhenHeadersPause = value["continuesBody"]?.Flag ?? false,
            Upstreams = value["upstreams"] is { } upstreams ? Names(upstreams).ToHashSet() : new HashSet<string>(),
            MaximumCalls = value["maximumCalls"]?.Number(0, 100_000) ?? standard.MaximumCalls,
            LogLevel = value["logLevel"]?.Word("trace", "debug", "info", "warn", "error", "critical") is { } level ? (LogLevel)level : standard.LogLevel,
        };
    }

    private static string[] Names(JsonValue? value) => [.. (value?.Items ?? []).Select(item => item.Text)];

    private static Dictionary<string, string> Texts(JsonValue? value) =>
        (value?.Members ?? []).ToDictionary(member => member.Name, member => member.Value.Text);

    // A text is given as it is, anything else as the JSON it is: most filters read one of the two.
    private static ReadOnlyMemory<byte> Content(JsonValue? value) =>
        value is null ? default : value.IsString ? Encoding.UTF8.GetBytes(value.Text) : value.Source;
}
