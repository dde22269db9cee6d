namespace Coffer.Edge.Tests;

/// <summary>Waits for what must come, for as long as a loaded machine may take.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<bool> condition, string message)
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline, message);
            await Task.Delay(10);
        }
    }
}
