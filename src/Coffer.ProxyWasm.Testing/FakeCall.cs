using System.Text;
using Coffer.ProxyWasm.Calls;

namespace Coffer.ProxyWasm.Testing;

/// <summary>A call by HTTP that a filter under test has made. Thread-safe.</summary>
public sealed class FakeCall
{
    private readonly TaskCompletionSource<CallResponse> response = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TestHost host;
    private readonly Action ended;
    private bool wasWaiting = true;

    internal FakeCall(CallRequest request, TestHost host, Action ended)
    {
        Request = request;
        this.host = host;
        this.ended = ended;
    }

    /// <summary>What the filter asks.</summary>
    public CallRequest Request { get; }

    /// <summary>Whether it waits for its answer.</summary>
    public bool IsWaiting => !response.Task.IsCompleted;

    internal Task<CallResponse> Response => response.Task;

    /// <summary>Answers, and waits until the filter has heard of it.</summary>
    /// <exception cref="FilterAssertionException">It waits no more: it was answered, has timed out, or its filter failed.</exception>
    public Task AnswerAsync(TestMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return EndAsync(response.TrySetResult(FakeUpstreams.ToResponse(message)));
    }

    /// <summary>Lets it fail, and waits until the filter has heard of it.</summary>
    /// <exception cref="FilterAssertionException">It waits no more.</exception>
    public Task FailAsync(string reason) => EndAsync(response.TrySetException(new HttpRequestException(reason)));

    /// <summary>The call as a line: upstream, method, path and body.</summary>
    public override string ToString() =>
        $"{Request.Upstream}: {Request.Header(":method")} {Request.Header(":path")} {Encoding.UTF8.GetString(Request.Body.Span)}".TrimEnd();

    internal void TryCancel()
    {
        if (response.TrySetCanceled()) End();
    }

    internal void TryAnswer(Func<CallRequest, TestMessage> respond)
    {
        wasWaiting = false;
        try
        {
            response.TrySetResult(FakeUpstreams.ToResponse(respond(Request)));
        }
        catch (Exception exception)
        {
            response.TrySetException(exception);
        }
    }

    private void End()
    {
        if (wasWaiting) ended();
    }

    private Task EndAsync(bool isFirst)
    {
        if (!isFirst) throw new FilterAssertionException($"The call waits no more for an answer: {this}");
        End();
        return host.SettleAsync();
    }
}
