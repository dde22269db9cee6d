using Coffer.Opa.Values;

namespace Coffer.Opa.Tests.Compliance;

/// <summary>A part of an expression of Rego.</summary>
internal abstract record Term;

internal sealed record Scalar(RegoValue Value) : Term;

internal sealed record Variable(string Name) : Term;

/// <summary>A value and keys into it, such as <c>input.users[i]</c>.</summary>
internal sealed record Reference(Term Head, IReadOnlyList<Term> Path) : Term;

internal sealed record Call(string Function, IReadOnlyList<Term> Arguments) : Term;

internal sealed record ArrayTerm(IReadOnlyList<Term> Items) : Term;

internal sealed record SetTerm(IReadOnlyList<Term> Items) : Term;

internal sealed record ObjectTerm(IReadOnlyList<(Term Key, Term Value)> Entries) : Term;

/// <summary>A comprehension of the kind that its bracket says: an array, a set, or an object when there is a key.</summary>
internal sealed record Comprehension(char Bracket, Term? Key, Term Value, IReadOnlyList<Statement> Body) : Term;

/// <summary>A line of a body.</summary>
internal abstract record Statement
{
    public IReadOnlyList<(Term Target, Term Value)> With { get; init; } = [];
}

internal sealed record TermStatement(Term Term) : Statement;

internal sealed record Unification(Term Left, Term Right) : Statement;

internal sealed record Negation(Statement Inner) : Statement;

internal sealed record Declaration(IReadOnlyList<string> Names) : Statement;

/// <summary><c>some k, v in c</c>, and <c>v in c</c> where the value is known.</summary>
internal sealed record Membership(Term? Key, Term Value, Term Collection) : Statement;

internal sealed record Every(string? Key, string Value, Term Collection, IReadOnlyList<Statement> Body) : Statement;

/// <summary>One definition of a rule or function.</summary>
internal sealed record Rule(string Name)
{
    public IReadOnlyList<Term>? Arguments { get; init; }

    /// <summary>For sets and objects that are defined item by item.</summary>
    public Term? Key { get; init; }

    /// <summary>Whether it defines an item of a set.</summary>
    public bool IsSetItem { get; init; }

    public Term Value { get; init; } = new Scalar(RegoBoolean.True);

    public IReadOnlyList<Statement> Body { get; init; } = [];

    public bool IsDefault { get; init; }

    /// <summary>What counts when the body does not hold.</summary>
    public Rule? Else { get; init; }
}

internal sealed record RegoModule(string Package, IReadOnlyDictionary<string, Reference> Imports, IReadOnlyList<Rule> Rules);
