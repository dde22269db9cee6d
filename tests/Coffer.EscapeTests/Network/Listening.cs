using System.Net;
using System.Net.Sockets;

namespace Coffer.EscapeTests.Network;

/// <summary>A guest that was granted a socket which listens, and somebody who connects to it.</summary>
internal sealed class Listening : IDisposable
{
    /// <summary>The socket: the first number after the directories.</summary>
    public const int Listener = 3;

    private const int NonBlocking = 4;
    private readonly TcpClient client = new(AddressFamily.InterNetwork);

    public Listening(Scene scene, WasiOptions? options = null)
    {
        Address = FreeAddress();
        options ??= scene.Options();
        Guest = scene.Start(options with { Capabilities = options.Capabilities.With(Grant) });
        Assert.Equal(Errno.Success, Guest.Call("fd_fdstat_set_flags", Listener, NonBlocking));
    }

    public IPEndPoint Address { get; }

    public Grant Grant => GrantSyntax.Of(CapabilityKind.TcpListen).Parse(Address.ToString());

    public AbiGuest Guest { get; }

    /// <summary>What the other side gets and sends.</summary>
    public NetworkStream Stream => client.GetStream();

    /// <summary>Connects from outside, and has the guest accept it.</summary>
    public int Connect()
    {
        client.Connect(Address);
        Assert.True(SpinWait.SpinUntil(() => Guest.Call("sock_accept", Listener, 0, 200) == Errno.Success, TimeSpan.FromSeconds(20)));
        return (int)Guest.Memory.Read<uint>(200);
    }

    public void Dispose() => client.Dispose();

    private static IPEndPoint FreeAddress()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return (IPEndPoint)probe.LocalEndpoint;
    }
}
