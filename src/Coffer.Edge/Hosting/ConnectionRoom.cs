using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Coffer.Edge.Hosting;

/// <summary>
/// Room for connections, so that clients cannot use up the descriptors of the process. Connections beyond the bound are closed; since that
/// takes time when many come at once, and Kestrel accepts on meanwhile, those that are still to be closed have a bound too: when it is
/// reached the system keeps new ones waiting.
/// </summary>
internal static class ConnectionRoom
{
    /// <summary>Bounds the connections of each listener of a server.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="connections">How many are served at a time; null for no bound.</param>
    public static void BoundConnections(this WebApplicationBuilder builder, long? connections)
    {
        if (connections is not { } bound) return;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxConcurrentConnections = bound);
        builder.Services.RemoveAll<IConnectionListenerFactory>();
        builder.Services.AddSingleton<IConnectionListenerFactory>(services =>
            new Listeners(ActivatorUtilities.CreateInstance<SocketTransportFactory>(services), (int)Math.Min(bound + (bound / 8) + 1, int.MaxValue)));
    }

    private sealed class Listeners(SocketTransportFactory sockets, int room) : IConnectionListenerFactory
    {
        public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
            new Listener(await sockets.BindAsync(endpoint, cancellationToken).ConfigureAwait(false), room);
    }

    private sealed class Listener(IConnectionListener inner, int room) : IConnectionListener
    {
        private readonly SemaphoreSlim places = new(room);
        private readonly CancellationTokenSource unbinding = new();

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                using var ending = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, unbinding.Token) : null;
                await places.WaitAsync(ending?.Token ?? unbinding.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Nothing is accepted any more.
                return null;
            }

            ConnectionContext? accepted = null;
            try
            {
                accepted = await inner.AcceptAsync(cancellationToken).ConfigureAwait(false);
                return accepted is null ? null : new Connection(accepted, places);
            }
            finally
            {
                if (accepted is null) places.Release();
            }
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await unbinding.CancelAsync().ConfigureAwait(false);
            await inner.UnbindAsync(cancellationToken).ConfigureAwait(false);
        }

        // Connections may be disposed later, so the places stay.
        public async ValueTask DisposeAsync()
        {
            await unbinding.CancelAsync().ConfigureAwait(false);
            await inner.DisposeAsync().ConfigureAwait(false);
        }
    }

    private sealed class Connection(ConnectionContext inner, SemaphoreSlim places) : ConnectionContext
    {
        private bool isDisposed;

        public override string ConnectionId
        {
            get => inner.ConnectionId;
            set => inner.ConnectionId = value;
        }

        public override IFeatureCollection Features => inner.Features;

        public override IDictionary<object, object?> Items
        {
            get => inner.Items;
            set => inner.Items = value;
        }

        public override IDuplexPipe Transport
        {
            get => inner.Transport;
            set => inner.Transport = value;
        }

        public override CancellationToken ConnectionClosed
        {
            get => inner.ConnectionClosed;
            set => inner.ConnectionClosed = value;
        }

        public override EndPoint? LocalEndPoint
        {
            get => inner.LocalEndPoint;
            set => inner.LocalEndPoint = value;
        }

        public override EndPoint? RemoteEndPoint
        {
            get => inner.RemoteEndPoint;
            set => inner.RemoteEndPoint = value;
        }

        public override void Abort() => inner.Abort();

        public override void Abort(ConnectionAbortedException abortReason) => inner.Abort(abortReason);

        public override async ValueTask DisposeAsync()
        {
            // The descriptor is free when this has ended.
            await inner.DisposeAsync().ConfigureAwait(false);
            await base.DisposeAsync().ConfigureAwait(false);
            if (!Interlocked.Exchange(ref isDisposed, true)) places.Release();
        }
    }
}
