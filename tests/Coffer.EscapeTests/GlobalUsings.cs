global using Coffer.Capabilities;
global using Coffer.Capabilities.Audit;
global using Coffer.Capabilities.Files;
global using Coffer.Capabilities.Grants;
global using Coffer.Capabilities.Tests;
global using Coffer.Wasi;
global using Coffer.Wasi.Tests;
global using Coffer.Wasi.Tests.Preview1;

// System.Reflection has a class of this name as well.
global using Module = Coffer.Module;

// The host that is attacked is Linux; what other systems do with paths is tested against a simulation of them.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
