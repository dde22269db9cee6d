using Coffer.Edge.Limits;
using Coffer.Wasi;

namespace Coffer.Edge.Guests.Wagi;

/// <summary>
/// Finds out whether a program can be started again in the same sandbox: by starting it twice, with a request for <c>/</c> and no
/// authority but clocks and random numbers.
/// </summary>
internal static class ReuseProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <exception cref="LinkException">It cannot.</exception>
    public static void Check(InstancePre module, CgiEntry entry, RequestLimits limits)
    {
        using var store = new Store(module.Module.Engine, new StoreLimits { MemoryBytes = (ulong)limits.MemoryBytes });
        store.SetDeadline(Patience);
        Instance? instance = null;
        // One that fails without what it is granted later tells nothing of its second start.
        if (!Run(module, entry, store, ref instance, out var asked, out _)) return;
        if (!Run(module, entry, store, ref instance, out var askedAgain, out var failure))
        {
            throw new LinkException(
                $"the program cannot be started twice in one sandbox ({failure}), as requestsPerInstance asks for; make it a reactor with a function \"handle\", or leave that out, so that each request gets a fresh sandbox");
        }

        if (asked && !askedAgain)
        {
            throw new LinkException(
                "the program looks at its environment at its first start only, so that all requests in one sandbox would be taken for the first one; "
                + "let it look again (with wasi-libc: __wasilibc_deinitialize_environ, then __wasilibc_initialize_environ), or leave requestsPerInstance out");
        }
    }

    private static bool Run(InstancePre module, CgiEntry entry, Store store, ref Instance? instance, out bool hasAsked, out string? failure)
    {
        var asked = false;
        failure = null;
        using var wasi = new WasiHost(new WasiOptions
        {
            Variables = () =>
            {
                asked = true;
                var block = new VariableBlock();
                block.Add("REQUEST_METHOD", "GET");
                block.Add("PATH_INFO", "/");
                block.Add("SERVER_PROTOCOL", "HTTP/1.1");
                block.Add("GATEWAY_INTERFACE", "CGI/1.1");
                return block;
            },
        });
        wasi.Attach(store);
        try
        {
            var isFirst = instance is null;
            instance ??= module.Instantiate(store);
            _ = entry.Run(wasi, instance, isFirst);
            return true;
        }
        catch (CofferException exception)
        {
            failure = exception.Message;
            return false;
        }
        finally
        {
            hasAsked = asked;
        }
    }
}
