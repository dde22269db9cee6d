namespace Coffer;

/// <summary>
/// Makes a module of its bytes: <see cref="Module.Compile(Engine, ReadOnlyMemory{byte}, string)"/>, or something that has made the code before. May be called by several
/// threads at a time.
/// </summary>
/// <param name="engine">The engine that the module is for.</param>
/// <param name="bytes">The module. Must not change afterwards.</param>
/// <param name="name">A name for messages.</param>
/// <exception cref="CofferException">The bytes are no module, or one that is not valid or too large.</exception>
public delegate Module ModuleFactory(Engine engine, ReadOnlyMemory<byte> bytes, string? name);
