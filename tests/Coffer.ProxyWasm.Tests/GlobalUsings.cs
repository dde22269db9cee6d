global using Coffer.Tests;
