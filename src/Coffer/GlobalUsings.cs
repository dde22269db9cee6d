// System.ValueType would otherwise make the name ambiguous wherever both namespaces are imported.
global using ValueType = Coffer.Types.ValueType;

// System.Reflection.Metadata and System.Reflection have classes of these names as well.
global using Module = Coffer.Module;
global using ModuleDefinition = Coffer.Binary.ModuleDefinition;
