namespace Coffer.Fastly.Messages;

/// <summary>What a guest can wait for by its handle.</summary>
internal interface IAsyncItem
{
    /// <summary>Ends, well or not, when asking the item would not wait.</summary>
    Task WhenReady();
}
