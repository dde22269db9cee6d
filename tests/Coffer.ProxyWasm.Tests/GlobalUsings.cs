global using Coffer.Capabilities.Tests;
global using Coffer.Plugins.Versions;
global using Coffer.Tests;
