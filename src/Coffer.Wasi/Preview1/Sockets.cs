using Coffer.Capabilities.Files;

namespace Coffer.Wasi.Preview1;

/// <summary>The sock_ functions. No descriptor is a socket: none can be preopened so far.</summary>
internal sealed class Sockets(DescriptorTable descriptors)
{
    public Errno Refuse(int number)
    {
        var error = descriptors.Find(number, Rights.None, out _);
        return error != Errno.Success ? error : Errno.NotSocket;
    }
}
