global using ValueType = Coffer.Types.ValueType;
