global using Coffer.Tests;
global using ValueType = Coffer.Types.ValueType;
