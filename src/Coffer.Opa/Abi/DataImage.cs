namespace Coffer.Opa.Abi;

/// <summary>
/// The memory of an instance after its data was parsed, so that all others get it by copying and none parses it again.
/// Immutable. Nothing else of an instance changes: what the allocator knows is in the memory as well.
/// </summary>
/// <param name="Content">The memory up to the end of the heap.</param>
/// <param name="DataAddress">Where the value of the data is.</param>
/// <param name="HeapEnd">Where evaluations may begin to write.</param>
/// <param name="MemoryBytes">How much memory the allocator believes to have.</param>
internal sealed record DataImage(byte[] Content, int DataAddress, int HeapEnd, ulong MemoryBytes);
