using System.Text;
using Coffer.Edge.Apps;
using Coffer.Edge.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Coffer.Edge.Deployment;

/// <summary>Asks a version that does not serve yet, by the way that requests go.</summary>
internal static class HealthCheck
{
    /// <summary>Sends the request, and looks at the answer.</summary>
    /// <exception cref="DeploymentException">It is not the answer that is wanted.</exception>
    public static async Task RunAsync(AppVersion version, AppRuntime runtime, DeploymentSettings settings, string name, ILogger logger, CancellationToken cancellation)
    {
        if (settings.Health is not { } health) return;
        var app = new App(name, logger);
        await using (app.ConfigureAwait(false))
        {
            _ = app.Switch(new TrafficSplit(version));
            var target = new AppTarget(app, runtime);
            var pattern = settings.Routes.Count > 0 ? settings.Routes[0].Text : "/";
            var route = Route.Parse(pattern, target);
            var answer = new BoundedBuffer();
            using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            end.CancelAfter(health.Timeout);
            var context = OwnRequest.Create(route, health.Path, "coffer-health", answer, end);
            await target.ServeAsync(context, new RouteMatch(route, context)).ConfigureAwait(false);
            await context.Response.CompleteAsync().ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            if (end.IsCancellationRequested) throw Unhealthy(health, $"did not answer within {Coffer.Capabilities.Grants.Duration.Format(health.Timeout)} (health.timeout), or broke off", answer);
            var status = context.Response.StatusCode;
            if (health.Status is { } wanted ? status == wanted : status < StatusCodes.Status500InternalServerError) return;
            throw Unhealthy(health, $"answered {status}, and {(health.Status is { } only ? $"{only} (health.status)" : "a status below 500")} is expected", answer);
        }
    }

    private static DeploymentException Unhealthy(HealthSettings health, string what, BoundedBuffer answer) =>
        new(DeploymentFailure.Unhealthy, $"the new version {what}: GET {health.Path}{(answer.Text is { Length: > 0 } text ? $": {text}" : "")}. The one before serves on; the log of the app may say more");

    /// <summary>Keeps the beginning of what is written.</summary>
    private sealed class BoundedBuffer : Stream
    {
        private readonly byte[] start = new byte[200];
        private int kept;

        /// <summary>The first line, as a message can have it.</summary>
        public string Text => new([.. Encoding.UTF8.GetString(start, 0, kept).Split('\n')[0].Where(unit => !char.IsControl(unit))]);

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            buffer = buffer[..Math.Min(buffer.Length, start.Length - kept)];
            buffer.CopyTo(start.AsSpan(kept));
            kept += buffer.Length;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
