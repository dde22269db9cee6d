using System.Collections.Immutable;
using Coffer.Opa.Builtins;
using Coffer.Opa.Values;
using Bindings = System.Collections.Immutable.ImmutableDictionary<string, Coffer.Opa.Values.RegoValue>;

namespace Coffer.Opa.Tests.Compliance;

/// <summary>A variable that has no value yet; whoever can goes on with another statement first.</summary>
internal sealed class UnboundException(string name) : Exception(name);

/// <summary>
/// Evaluates the part of Rego in which the cases are written, so that the builtins of the host can be called as the cases call
/// them: there is no compiler of Rego here. Nothing is done for speed.
/// </summary>
internal sealed class RegoEvaluator(
    IReadOnlyList<RegoModule> modules, RegoValue data, RegoValue? input, BuiltinContext context)
{
    private int callDepth;

    public IEnumerable<Bindings> Query(IReadOnlyList<Statement> query) => Solve(query, Bindings.Empty, null);

    private IEnumerable<Bindings> Solve(IReadOnlyList<Statement> body, Bindings bindings, RegoModule? module)
    {
        if (body.Count == 0)
        {
            yield return bindings;
            yield break;
        }

        // The order of statements means nothing: the first whose variables are known is next.
        for (var i = 0; i < body.Count; i++)
        {
            List<Bindings> solutions;
            try
            {
                solutions = [.. Solve(body[i], bindings, module)];
            }
            catch (UnboundException) when (i < body.Count - 1)
            {
                continue;
            }

            var rest = body.Where((_, index) => index != i).ToList();
            foreach (var solution in solutions)
            {
                foreach (var whole in Solve(rest, solution, module)) yield return whole;
            }

            yield break;
        }
    }

    private IEnumerable<Bindings> Solve(Statement statement, Bindings bindings, RegoModule? module)
    {
        if (statement.With.Count > 0) throw new NotSupportedException("with");
        switch (statement)
        {
            case Declaration declaration:
                return [bindings.RemoveRange(declaration.Names)];
            case Negation negation:
                return Solve(negation.Inner, bindings, module).Any() ? [] : [bindings];
            case Unification unification:
                return Unify(unification.Left, unification.Right, bindings, module);
            case Membership membership:
                return Evaluate(membership.Collection, bindings, module)
                    .SelectMany(collection => Items(collection.Value).SelectMany(item =>
                    (membership.Key is null ? [collection.Bindings]
                        : Match(membership.Key, item.Key, collection.Bindings, module))
                    .SelectMany(next => Match(membership.Value, item.Value, next, module))));
            case Every every:
                var holds = Evaluate(every.Collection, bindings, module).First().Value;
                return Items(holds).All(item =>
                    Solve(every.Body, (every.Key is null ? bindings : bindings.SetItem(every.Key, item.Key))
                        .SetItem(every.Value, item.Value), module).Any()) ? [bindings] : [];
            case TermStatement { Term: Call call } when call.Arguments.Count > 0
                && HasUnbound(call.Arguments[^1], bindings, module):
                return Unify(call.Arguments[^1], new Call(call.Function, [.. call.Arguments.SkipLast(1)]), bindings, module);
            case TermStatement term:
                return Evaluate(term.Term, bindings, module)
                    .Where(result => result.Value is not RegoBoolean { Value: false }).Select(result => result.Bindings);
            default:
                throw new NotSupportedException(statement.GetType().Name);
        }
    }

    private IEnumerable<Bindings> Unify(Term left, Term right, Bindings bindings, RegoModule? module)
    {
        if (left is ArrayTerm a && right is ArrayTerm b)
        {
            if (a.Items.Count != b.Items.Count) return [];
            return a.Items.Zip(b.Items)
                .Aggregate((IEnumerable<Bindings>)[bindings], (all, pair) =>
                    all.SelectMany(next => Unify(pair.First, pair.Second, next, module)).ToList());
        }

        if (HasUnbound(right, bindings, module) && !HasUnbound(left, bindings, module)) (left, right) = (right, left);
        return Evaluate(right, bindings, module).SelectMany(result => Match(left, result.Value, result.Bindings, module))
            .ToList();
    }

    private IEnumerable<Bindings> Match(Term pattern, RegoValue value, Bindings bindings, RegoModule? module)
    {
        switch (pattern)
        {
            case Variable variable when IsFree(variable, bindings, module):
                return [bindings.SetItem(variable.Name, value)];
            case ArrayTerm array when HasUnbound(array, bindings, module):
                if (value is not RegoArray items || items.Count != array.Items.Count) return [];
                return array.Items.Zip(items)
                    .Aggregate((IEnumerable<Bindings>)[bindings], (all, pair) =>
                        all.SelectMany(next => Match(pair.First, pair.Second, next, module)));
            case ObjectTerm entries when HasUnbound(entries, bindings, module):
                if (value is not RegoObject found || found.Count != entries.Entries.Count) return [];
                return entries.Entries.Aggregate(
                    (IEnumerable<Bindings>)[bindings], (all, entry) =>
                        all.SelectMany(next => Evaluate(entry.Key, next, module)
                    .SelectMany(key => found.TryGet(key.Value, out var item)
                        ? Match(entry.Value, item, key.Bindings, module)
                        : [])));
            default:
                return Evaluate(pattern, bindings, module).Where(result => result.Value == value)
                    .Select(result => result.Bindings);
        }
    }

    private IEnumerable<(RegoValue Value, Bindings Bindings)> Evaluate(Term term, Bindings bindings, RegoModule? module)
    {
        switch (term)
        {
            case Scalar scalar:
                return [(scalar.Value, bindings)];
            case Variable variable:
                return Named(variable, bindings, module);
            case ArrayTerm array:
                return All(array.Items, bindings, module).Select(all => ((RegoValue)new RegoArray(all.Values), all.Bindings));
            case SetTerm set:
                return All(set.Items, bindings, module).Select(all => ((RegoValue)new RegoSet(all.Values), all.Bindings));
            case ObjectTerm entries:
                return All([.. entries.Entries.SelectMany(entry => new[] { entry.Key, entry.Value })], bindings, module)
                    .Select(all => ((RegoValue)ToObject(all.Values), all.Bindings));
            case Comprehension comprehension:
                return [(Collect(comprehension, bindings, module), bindings)];
            case Call call:
                return All(call.Arguments, bindings, module)
                    .SelectMany(all => Apply(call.Function, all.Values, module).Select(value => (value, all.Bindings)));
            case Reference { Head: Variable { Name: "data" } } reference when DataRule(reference, module) is { } found:
                return Value(found.Rules, found.Module).SelectMany(value => Walk(value, found.Further, bindings, module));
            case Reference { Head: Variable { Name: "data" } } reference when modules.Any(
                other => other.Package == string.Join('/', reference.Path.Select(NameOf))):
                return [(Package(string.Join('/', reference.Path.Select(NameOf))), bindings)];
            case Reference reference:
                return Evaluate(reference.Head, bindings, module)
                    .SelectMany(head => Walk(head.Value, reference.Path, head.Bindings, module));
            default:
                throw new NotSupportedException(term.GetType().Name);
        }
    }

    private IEnumerable<(RegoValue Value, Bindings Bindings)> Named(Variable variable, Bindings bindings, RegoModule? module)
    {
        if (bindings.TryGetValue(variable.Name, out var known)) return [(known, bindings)];
        if (variable.Name == "input") return input is null ? [] : [(input, bindings)];
        if (variable.Name == "data") return [(data, bindings)];
        if (module is null) throw new UnboundException(variable.Name);
        if (module.Imports.TryGetValue(variable.Name, out var imported)) return Evaluate(imported, bindings, module);
        var rules = RulesOf(module, variable.Name);
        return rules.Count > 0 ? Value(rules, module).Select(value => (value, bindings))
            : throw new UnboundException(variable.Name);
    }

    private List<Rule> RulesOf(RegoModule module, string name) =>
        [.. modules.Where(other => other.Package == module.Package).SelectMany(other => other.Rules)
            .Where(rule => rule.Name == name)];

    private (List<Rule> Rules, RegoModule Module, IReadOnlyList<Term> Further)? DataRule(
        Reference reference, RegoModule? module)
    {
        var names = reference.Path.TakeWhile(key => key is Scalar { Value: RegoString })
            .Select(key => ((RegoString)((Scalar)key).Value).Value).ToList();
        foreach (var candidate in modules)
        {
            var package = candidate.Package.Split('/');
            if (names.Count <= package.Length || !names.Take(package.Length).SequenceEqual(package)) continue;
            var rules = RulesOf(candidate, names[package.Length]);
            if (rules.Count > 0) return (rules, candidate, [.. reference.Path.Skip(package.Length + 1)]);
        }

        return null;
    }

    private static string? NameOf(Term key) => key is Scalar { Value: RegoString name } ? name.Value : null;

    private RegoObject Package(string package)
    {
        var module = modules.First(other => other.Package == package);
        var names = modules.Where(other => other.Package == package).SelectMany(other => other.Rules)
            .Where(rule => rule.Arguments is null).Select(rule => rule.Name).Distinct();
        return new RegoObject(names.SelectMany(
            name => Value(RulesOf(module, name), module).Select(value => KeyValuePair.Create((RegoValue)name, value))));
    }

    private IEnumerable<RegoValue> Value(List<Rule> rules, RegoModule module)
    {
        if (rules[0].Arguments is not null) throw new NotSupportedException("a function as a value");
        if (rules.Find(rule => rule.Key is not null) is { } keyed)
        {
            var entries = rules.SelectMany(rule => Solve(rule.Body, Bindings.Empty, module).SelectMany(found =>
                Evaluate(rule.Key!, found, module)
                    .SelectMany(key => Evaluate(rule.Value, key.Bindings, module)
                        .Select(value => (key.Value, Item: value.Value))))).ToList();
            return [keyed.IsSetItem ? new RegoSet(entries.Select(entry => entry.Value))
                : new RegoObject(entries.Select(entry => KeyValuePair.Create(entry.Value, entry.Item)))];
        }

        return One(rules, rule => Results(rule, Bindings.Empty, module), module);
    }

    private IEnumerable<RegoValue> One(List<Rule> rules, Func<Rule, IEnumerable<RegoValue>> results, RegoModule module)
    {
        var values = rules.Where(rule => !rule.IsDefault).SelectMany(results).Distinct().ToList();
        if (values.Count > 1) throw new InvalidOperationException("conflicting values");
        if (values.Count == 1) return values;
        return rules.Find(rule => rule.IsDefault) is { } standard
            ? Evaluate(standard.Value, Bindings.Empty, module).Select(value => value.Value)
            : [];
    }

    private IEnumerable<RegoValue> Results(Rule rule, Bindings bindings, RegoModule module)
    {
        var values = Solve(rule.Body, bindings, module).SelectMany(found => Evaluate(rule.Value, found, module))
            .Select(value => value.Value).Distinct().ToList();
        return values.Count > 0 || rule.Else is null ? values : Results(rule.Else, bindings, module);
    }

    private List<RegoValue> Apply(string function, IReadOnlyList<RegoValue> arguments, RegoModule? module)
    {
        if (module is not null && RulesOf(module, function) is { Count: > 0 } rules)
        {
            if (++callDepth > 200) throw new NotSupportedException("recursion");
            var results = One(rules, rule => arguments.Zip(rule.Arguments!)
                .Aggregate((IEnumerable<Bindings>)[Bindings.Empty], (all, pair) =>
                    all.SelectMany(next => Match(pair.Second, pair.First, next, module)).ToList())
                .SelectMany(bound => Results(rule, bound, module)), module).ToList();
            callDepth--;
            return results;
        }

        var builtin = NativeBuiltins.Find(function) ?? BuiltinTable.Standard.Find(function)
            ?? throw new NotSupportedException($"the builtin {function}");
        try
        {
            return builtin(context, [.. arguments]) is { } value ? [value] : [];
        }
        catch (BuiltinException exception)
        {
            if (context.Options.StrictBuiltinErrors) throw new BuiltinException(
                $"{function}: {exception.Message}", exception) { IsTypeError = exception.IsTypeError };
            return [];
        }
    }

    private IEnumerable<(RegoValue Value, Bindings Bindings)> Walk(
        RegoValue value, IReadOnlyList<Term> path, Bindings bindings, RegoModule? module)
    {
        if (path.Count == 0) return [(value, bindings)];
        IReadOnlyList<Term> rest = [.. path.Skip(1)];
        if (HasUnbound(path[0], bindings, module))
        {
            return Items(value).SelectMany(
                item => Match(path[0], value is RegoSet ? item.Value : item.Key, bindings, module)
                    .SelectMany(next => Walk(item.Value, rest, next, module)));
        }

        return Evaluate(path[0], bindings, module)
            .SelectMany(key => Items(value).Where(item => (value is RegoSet ? item.Value : item.Key) == key.Value)
                .SelectMany(item => Walk(item.Value, rest, key.Bindings, module)));
    }

    private static IEnumerable<(RegoValue Key, RegoValue Value)> Items(RegoValue value) => value switch
    {
        RegoArray array => array.Select((item, index) => ((RegoValue)(long)index, item)),
        RegoSet set => set.Select(item => (item, item)),
        RegoObject entries => entries.Select(entry => (entry.Key, entry.Value)),
        _ => [],
    };

    private RegoValue Collect(Comprehension comprehension, Bindings bindings, RegoModule? module)
    {
        var found = Solve(comprehension.Body, bindings, module)
            .SelectMany(next => All(comprehension.Key is null
                ? [comprehension.Value]
                : [comprehension.Key, comprehension.Value], next, module)).Select(all => all.Values).ToList();
        if (comprehension.Key is not null) return new RegoObject(
            found.Select(entry => KeyValuePair.Create(entry[0], entry[1])));
        return comprehension.Bracket == '['
            ? new RegoArray(found.Select(values => values[0]))
            : new RegoSet(found.Select(values => values[0]));
    }

    private IEnumerable<(IReadOnlyList<RegoValue> Values, Bindings Bindings)> All(
        IReadOnlyList<Term> terms, Bindings bindings, RegoModule? module)
    {
        IEnumerable<(ImmutableList<RegoValue> Values, Bindings Bindings)> all = [([], bindings)];
        foreach (var term in terms)
        {
            all = [.. all.SelectMany(
                done => Evaluate(term, done.Bindings, module).Select(next => (done.Values.Add(next.Value), next.Bindings)))];
        }

        return all.Select(done => ((IReadOnlyList<RegoValue>)done.Values, done.Bindings));
    }

    private static RegoObject ToObject(IReadOnlyList<RegoValue> pairs) =>
        new(Enumerable.Range(0, pairs.Count / 2).Select(i => KeyValuePair.Create(pairs[2 * i], pairs[2 * i + 1])));

    private bool IsFree(Variable variable, Bindings bindings, RegoModule? module) =>
        !bindings.ContainsKey(variable.Name) && variable.Name is not ("input" or "data")
        && (module is null || (!module.Imports.ContainsKey(variable.Name) && RulesOf(module, variable.Name).Count == 0));

    private bool HasUnbound(Term term, Bindings bindings, RegoModule? module) => term switch
    {
        Variable variable => IsFree(variable, bindings, module),
        ArrayTerm array => array.Items.Any(item => HasUnbound(item, bindings, module)),
        SetTerm set => set.Items.Any(item => HasUnbound(item, bindings, module)),
        ObjectTerm entries => entries.Entries.Any(entry => HasUnbound(entry.Value, bindings, module)),
        _ => false,
    };
}
