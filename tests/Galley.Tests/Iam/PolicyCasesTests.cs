using System.Text.Json.Nodes;
using Galley.Iam.Evaluate;
using Galley.Wire;

namespace Galley.Tests.Iam;

/// <summary>The truth table in policy-cases.txt.</summary>
public class PolicyCasesTests
{
    private const string Account = "123456789012", Foreign = "999999999999";

    [Fact]
    public void Every_case_of_the_truth_table_is_answered_as_written()
    {
        var cases = File.ReadLines(Path.Combine(Repository.Root, "tests", "Galley.Tests", "Iam", "policy-cases.txt")).Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith('#')).ToList();
        var wrong = cases.Where(line => !(line.StartsWith('?') ? Operator(line) : Case(line))).ToList();
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases.Count} answered otherwise:\n{string.Join('\n', wrong)}");
        Assert.True(cases.Count >= 200, $"only {cases.Count} cases");
    }

    private static bool Operator(string line)
    {
        // ? Operator values <- given = yes|no
        var (left, right) = (line[1..line.IndexOf("<-", StringComparison.Ordinal)].Trim(), line[(line.IndexOf("<-", StringComparison.Ordinal) + 2)..]);
        var (name, values) = (left.Split(' ', 2)[0], left.Split(' ', 2)[1].Split(','));
        var (given, answer) = (right[..right.LastIndexOf('=')].Trim(), right[(right.LastIndexOf('=') + 1)..].Trim());
        var condition = new Condition(name, "x:key", [.. values.Select(value => new Wildcard(value, true))]);
        var keys = new RequestKeys();
        if (given != "-")
            foreach (var value in given.Split(',')) keys.Add("x:key", value);
        return condition.Known && condition.Holds(keys) == (answer == "yes");
    }

    private static bool Case(string line)
    {
        var columns = line.Split('|', StringSplitOptions.TrimEntries);
        var caller = Caller(columns[1]);
        var (action, resource) = (columns[2].Split(' ')[0], columns[2].Split(' ')[1]);
        var parts = columns[3..].Where(part => part.Length > 0).ToDictionary(part => part[..part.IndexOf(':', StringComparison.Ordinal)], part => part[(part.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
        var keys = RequestKeys.Of(caller, Account, DateTimeOffset.UnixEpoch);
        foreach (var pair in parts.GetValueOrDefault("keys")?.Split(';') ?? []) keys.Add(pair[..pair.IndexOf('=', StringComparison.Ordinal)], pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        NamedPolicy? Policy(string name) => parts.TryGetValue(name, out var text) ? new NamedPolicy(name, PolicyDocument.Parse(Document(text))) : null;
        var decision = PolicyEvaluation.Decide(caller, Account, new CallerPolicies(Policy("id") is { } id ? [id] : [], Policy("boundary"), Policy("session") is { } session ? [session] : []), Policy("resource")?.Document, action, resource, keys);
        return columns[0] == (decision.Allowed ? "allow" : decision.Why.StartsWith("with an explicit deny", StringComparison.Ordinal) ? "deny" : "none");
    }

    private static Principal Caller(string name) => name.Split(' ') switch
    {
        ["user"] => new(PrincipalKind.User, $"arn:aws:iam::{Account}:user/ann", "AIDA"),
        ["role"] => new(PrincipalKind.AssumedRole, $"arn:aws:sts::{Account}:assumed-role/r/s", "AROA:s") { RoleArn = $"arn:aws:iam::{Account}:role/r" },
        ["root"] => new(PrincipalKind.Root, $"arn:aws:iam::{Account}:root", Account),
        ["guest"] => Principal.Anonymous,
        ["service", var service] => Principal.Service(service),
        ["web", var provider] => new(PrincipalKind.WebIdentity, provider),
        ["other"] => new(PrincipalKind.User, $"arn:aws:iam::{Foreign}:user/eve", "AIDX"),
        ["other-role"] => new(PrincipalKind.AssumedRole, $"arn:aws:sts::{Foreign}:assumed-role/x/s", "AROX:s") { RoleArn = $"arn:aws:iam::{Foreign}:role/x" },
        ["federated"] => new(PrincipalKind.FederatedUser, $"arn:aws:sts::{Account}:federated-user/fred", $"{Account}:fred") { Issuer = new($"arn:aws:iam::{Account}:user/ann", "AIDA") },
        _ => throw new FormatException(name),
    };

    private static string Document(string text)
        => new JsonObject { ["Version"] = "2012-10-17", ["Statement"] = new JsonArray([.. text.Split(" ; ").Select(Statement)]) }.ToJsonString();

    private static JsonNode Statement(string text)
    {
        // a default of a variable holds a blank
        var words = text.Trim().Replace(", '", ",'", StringComparison.Ordinal).Split(' ');
        var statement = new JsonObject { ["Effect"] = words[0] == "+" ? "Allow" : "Deny" };
        Add(statement, "Action", words[1]);
        Add(statement, "Resource", words[2]);
        foreach (var word in words[3..])
            if (word[0] == '@') AddPrincipal(statement, word[1..]);
            else
            {
                var (open, close) = (word.IndexOf('(', StringComparison.Ordinal), word.IndexOf(")=", StringComparison.Ordinal));
                var block = (JsonObject)(statement["Condition"] ??= new JsonObject());
                var lines = (JsonObject)(block[word[1..open]] ??= new JsonObject());
                lines[word[(open + 1)..close]] = new JsonArray([.. word[(close + 2)..].Split(',').Select(value => (JsonNode)value)]);
            }

        return statement;
    }

    private static void Add(JsonObject statement, string name, string values)
    {
        var not = values[0] == '!';
        var list = (not ? values[1..] : values).Replace(",'", "\0", StringComparison.Ordinal).Split(',').Select(value => (JsonNode)value.Replace("\0", ",'", StringComparison.Ordinal));
        statement[(not ? "Not" : "") + name] = new JsonArray([.. list]);
    }

    private static void AddPrincipal(JsonObject statement, string values)
    {
        var not = values[0] == '!';
        values = not ? values[1..] : values;
        JsonNode principal = values == "*" ? "*"
            : values.StartsWith("Service:", StringComparison.Ordinal) ? new JsonObject { ["Service"] = values["Service:".Length..] }
            : values.StartsWith("Federated:", StringComparison.Ordinal) ? new JsonObject { ["Federated"] = values["Federated:".Length..] }
            : new JsonObject { ["AWS"] = new JsonArray([.. values.Split(',').Select(value => (JsonNode)value)]) };
        statement[(not ? "Not" : "") + "Principal"] = principal;
    }
}
