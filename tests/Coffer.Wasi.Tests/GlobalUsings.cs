global using Coffer.Capabilities.Tests;
global using Coffer.Tests;

// System.Reflection has a class of this name as well.
global using Module = Coffer.Module;
