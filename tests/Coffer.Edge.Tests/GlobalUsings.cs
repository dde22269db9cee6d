global using Coffer.Capabilities.Tests;
global using Coffer.Tests;
