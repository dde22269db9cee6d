namespace Coffer.Tests.Hostile;

/// <summary>All deadlines of a process are kept by one thread, whatever becomes of the stores meanwhile.</summary>
public sealed class DeadlineWatchTests
{
    private const string Forever = """(module (func (export "run") (loop $l (br $l))) (func (export "nop")))""";

    [Fact]
    public void Deadlines_SetReplacedRemovedAndDisposedByManyThreads_EndWhoeverStillHasOne()
    {
        var module = Module.CompileText(Guest.Default, Forever);
        Parallel.For(0, 8, worker =>
        {
            var random = new Random(worker);
            var stores = new Store?[50];
            for (var round = 0; round < 3_000; round++)
            {
                ref var store = ref stores[random.Next(stores.Length)];
                store ??= new Store(Guest.Default);
                switch (random.Next(4))
                {
                    case 0:
                        store.SetDeadline(TimeSpan.FromMicroseconds(random.Next(20_000)));
                        break;
                    case 1:
                        store.SetDeadline(TimeSpan.FromHours(1));
                        break;
                    case 2:
                        store.SetDeadline(Timeout.InfiniteTimeSpan);
                        break;
                    default:
                        store.Dispose();
                        store = null;
                        break;
                }
            }

            foreach (var store in stores)
            {
                if (store is null) continue;
                store.SetDeadline(TimeSpan.FromMilliseconds(5 + random.Next(20)));
                Guest.Exhausts(ExhaustionKind.Deadline, new Linker().Instantiate(store, module).GetAction("run"));
                store.Dispose();
            }
        });
    }

    [Fact]
    public void Deadline_EarlierThanThePendingOne_EndsInItsTime()
    {
        using var patient = new Store(Guest.Default);
        patient.SetDeadline(TimeSpan.FromHours(10));
        var instance = Guest.Load(Forever);
        instance.Store.SetDeadline(TimeSpan.FromMilliseconds(20));
        Guest.Exhausts(ExhaustionKind.Deadline, instance.GetAction("run"));
        Assert.Null(Record.Exception(() => patient.SetDeadline(Timeout.InfiniteTimeSpan)));
    }

    [Fact]
    public void Deadline_ThatWasReplacedOrRemovedInTime_DoesNotEndTheGuest()
    {
        var instance = Guest.Load(Forever);
        var nop = instance.GetAction("nop");
        for (var i = 0; i < 20; i++)
        {
            instance.Store.SetDeadline(TimeSpan.FromMilliseconds(1));
            instance.Store.SetDeadline(i % 2 == 0 ? TimeSpan.FromHours(1) : Timeout.InfiniteTimeSpan);
            Thread.Sleep(3);
            nop();
        }
    }

    [Fact]
    public void Deadline_HostFunctionThatWaitsForItsEnd_IsTold()
    {
        using var told = new ManualResetEventSlim();
        var linker = new Linker().DefineFunction("", "wait", (Caller caller) =>
        {
            Assert.True(caller.Store.InterruptToken.WaitHandle.WaitOne(TimeSpan.FromSeconds(60)));
            told.Set();
        });
        var instance = Guest.Load("""(module (import "" "wait" (func)) (func (export "run") (call 0) (loop $l (br $l))))""", linker);
        instance.Store.SetDeadline(TimeSpan.FromMilliseconds(500));
        Guest.Exhausts(ExhaustionKind.Deadline, instance.GetAction("run"));
        Assert.True(told.IsSet);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData((long)uint.MaxValue)]
    public void Deadline_ThatIsNone_IsRefused(long milliseconds)
    {
        using var store = new Store(Guest.Default);
        Assert.Throws<ArgumentOutOfRangeException>(() => store.SetDeadline(TimeSpan.FromMilliseconds(milliseconds)));
    }
}
