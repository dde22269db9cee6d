using Coffer.ProxyWasm.Testing;

namespace Coffer.Server.FilterTesting;

/// <summary>What became of a request or a connection that was described. Immutable.</summary>
/// <param name="Exchange">The request with its response; null for a connection.</param>
/// <param name="Connection">The connection; null for a request.</param>
/// <param name="Host">The host, with what was logged, called and counted.</param>
/// <param name="VmId">The id below which the filter shares data.</param>
internal sealed record TestOutcome(TestExchange? Exchange, ConnectionOutcome? Connection, TestHost Host, string VmId);

/// <summary>What became of a connection. Immutable.</summary>
/// <param name="Upstream">What the upstream got.</param>
/// <param name="Client">What the client got.</param>
/// <param name="IsClosed">Whether the filter closed it.</param>
internal sealed record ConnectionOutcome(string Upstream, string Client, bool IsClosed);
