// System.ValueType would otherwise make the name ambiguous wherever both namespaces are imported.
global using ValueType = Coffer.Types.ValueType;
