using System.Text;
using Coffer.Fastly;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Guests.Fastly;

/// <summary>What a program logs for one request: in the log of its app, with the names of its endpoints.</summary>
internal sealed class FastlyAppLog(GuestCall call) : FastlyLog
{
    private readonly Lock gate = new();

    public override void Write(string endpoint, ReadOnlySpan<byte> message)
    {
        var text = Encoding.UTF8.GetString(message);
        lock (gate) call.Log.WriteLine(LogLevel.Information, endpoint is "stdout" or "stderr" ? text : $"{endpoint}: {text}");
    }

    // The host may say something while the response still goes on, when the guest has ended.
    public override void Report(string message)
    {
        lock (gate) call.Log.WriteLine(LogLevel.Warning, message);
    }
}
