using System.Diagnostics;
using Galley.Iam.Evaluate;
using Galley.Wire;

namespace Galley.Tests.Iam;

public class PolicyEvaluationTests
{
    private const string Account = "123456789012", Bucket = "arn:aws:s3:::b";
    private static readonly Principal User = new(PrincipalKind.User, "arn:aws:iam::123456789012:user/ann", "AIDA");
    private static readonly Principal Session = new(PrincipalKind.AssumedRole, "arn:aws:sts::123456789012:assumed-role/r/s", "AROA:s") { RoleArn = "arn:aws:iam::123456789012:role/r" };

    [Fact]
    public void A_deny_anywhere_wins_and_nothing_is_denied()
    {
        Assert.True(May([Allow("s3:*")]));
        Assert.False(May([]));
        Assert.False(May([Allow("s3:*"), Deny("s3:GetObject")]));
        Assert.False(May([Allow("s3:*")], resource: Principal("Deny", "*")));
        Assert.False(May([Allow("s3:*")], boundary: Allow("s3:Put*")));
        Assert.True(May([Allow("s3:*")], boundary: Allow("s3:Get*")));
        Assert.False(May([Allow("s3:*")], session: Allow("s3:Put*")));
        Assert.False(May([], boundary: Allow("s3:*")));
        Assert.Equal("because no identity-based policy allows the s3:GetObject action", Decide([], null, null, null, User).Why);
        Assert.Equal("with an explicit deny in an identity-based policy", Decide([Deny("s3:*")], null, null, null, User).Why);
    }

    [Fact]
    public void A_resource_policy_allows_whom_it_names_and_the_account_only_delegates()
    {
        Assert.True(May([], resource: Principal("Allow", """{"AWS":"arn:aws:iam::123456789012:user/ann"}""")));
        Assert.False(May([], resource: Principal("Allow", """{"AWS":"arn:aws:iam::123456789012:user/Ann"}""")));
        Assert.False(May([], resource: Principal("Allow", """{"AWS":"123456789012"}""")));
        Assert.True(May([], resource: Principal("Allow", """{"AWS":"arn:aws:iam::123456789012:role/r"}"""), caller: Session));
        // Named by role, a session is still narrowed; named itself, it is not.
        Assert.False(May([], resource: Principal("Allow", """{"AWS":"arn:aws:iam::123456789012:role/r"}"""), session: Allow("s3:Put*"), caller: Session));
        Assert.True(May([], resource: Principal("Allow", """{"AWS":"arn:aws:sts::123456789012:assumed-role/r/s"}"""), session: Allow("s3:Put*"), caller: Session));
        Assert.True(May([], resource: Principal("Allow", "\"*\""), caller: Wire.Principal.Anonymous));
        Assert.False(May([], resource: Principal("Allow", """{"AWS":"123456789012"}"""), caller: Wire.Principal.Anonymous));
        Assert.False(May([], caller: Wire.Principal.Anonymous));
        var service = Wire.Principal.Service("cloudfront.amazonaws.com");
        const string OnlyDistribution = ",\"Condition\":{\"StringEquals\":{\"AWS:SourceArn\":\"arn:aws:cloudfront::123456789012:distribution/E1\"}}";
        var policy = Principal("Allow", """{"Service":"cloudfront.amazonaws.com"}""", OnlyDistribution);
        Assert.True(May([], resource: policy, caller: service, keys: ("aws:SourceArn", "arn:aws:cloudfront::123456789012:distribution/E1")));
        Assert.False(May([], resource: policy, caller: service, keys: ("aws:SourceArn", "arn:aws:cloudfront::123456789012:distribution/E2")));
        Assert.False(May([], resource: policy, caller: service));
        Assert.False(May([], resource: policy, caller: Wire.Principal.Service("lambda.amazonaws.com"), keys: ("aws:SourceArn", "arn:aws:cloudfront::123456789012:distribution/E1")));
    }

    [Fact]
    public void Actions_match_without_case_and_arns_with_it()
    {
        Assert.True(May([Allow("S3:GETOBJECT")]));
        Assert.True(May([Allow("s3:Get?bject")]));
        Assert.True(May([Allow("s3:*", Bucket + "/*")]));
        Assert.False(May([Allow("s3:*", "arn:aws:s3:::B/*")]));
        Assert.False(May([Allow("s3:GetObjec")]));
        Assert.True(May(["""{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}}"""]));
        Assert.False(May(["""{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"s3:Get*","Resource":"*"}}"""]));
        Assert.False(May(["""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::b/*"}}"""]));
    }

    [Theory]
    [InlineData("StringEquals", "\"a\"", "a", true)]
    [InlineData("StringEquals", "[\"x\",\"a\"]", "a", true)]
    [InlineData("StringEquals", "\"a\"", null, false)]
    [InlineData("StringEqualsIfExists", "\"a\"", null, true)]
    [InlineData("StringNotEquals", "\"a\"", null, true)]
    [InlineData("StringNotEquals", "[\"x\",\"a\"]", "a", false)]
    [InlineData("StringEquals", "\"a*\"", "ab", false)]
    [InlineData("StringLike", "\"a*\"", "ab", true)]
    [InlineData("StringNotLike", "\"a*\"", "ab", false)]
    [InlineData("StringEqualsIgnoreCase", "\"A\"", "a", true)]
    [InlineData("ArnLike", "\"arn:aws:execute-api:*:*:abc/*/GET/x\"", "arn:aws:execute-api:eu-west-2:1:abc/$default/GET/x", true)]
    [InlineData("ArnLike", "\"arn:aws:*:abc\"", "arn:aws:execute-api:eu-west-2:1:abc", false)]
    [InlineData("Bool", "\"true\"", "True", true)]
    [InlineData("Bool", "false", "true", false)]
    [InlineData("Null", "\"true\"", null, true)]
    [InlineData("Null", "\"true\"", "x", false)]
    [InlineData("NumericLessThanEquals", "\"10\"", "10", true)]
    [InlineData("NumericGreaterThan", "10", "9.5", false)]
    [InlineData("DateGreaterThan", "\"2024-01-01T00:00:00Z\"", "2024-01-01T00:00:01Z", true)]
    [InlineData("IpAddress", "\"10.0.0.0/8\"", "10.200.3.4", true)]
    [InlineData("IpAddress", "\"10.0.0.0/8\"", "11.0.0.1", false)]
    [InlineData("IpAddress", "\"::/0\"", "10.0.0.1", false)]
    [InlineData("NotIpAddress", "\"2001:db8::/32\"", "2001:db8::1", false)]
    [InlineData("ForAllValues:StringEquals", "[\"a\",\"b\"]", "a", true)]
    [InlineData("ForAllValues:StringEquals", "[\"b\"]", "a", false)]
    [InlineData("ForAllValues:StringEquals", "[\"b\"]", null, true)]
    [InlineData("ForAnyValue:StringEquals", "[\"b\"]", null, false)]
    [InlineData("ForAnyValue:StringNotEquals", "[\"b\"]", null, false)]
    public void Condition_operators_answer_as_documented(string name, string values, string? given, bool holds)
    {
        var policy = $$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"{{name}}":{"x:Key":{{values}} } } } }""";
        Assert.Equal(holds, given is null ? May([policy]) : May([policy], keys: ("X:key", given)));
    }

    [Fact]
    public void Variables_are_taken_literally()
    {
        var own = Allow("s3:*", "arn:aws:s3:::b/${aws:username}/*");
        Assert.True(Decide([own], null, null, null, User, on: "arn:aws:s3:::b/ann/x").Allowed);
        Assert.False(Decide([own], null, null, null, User, on: "arn:aws:s3:::b/bob/x").Allowed);
        var star = new Principal(PrincipalKind.User, "arn:aws:iam::123456789012:user/*", "AIDA");
        Assert.False(Decide([own], null, null, null, star, on: "arn:aws:s3:::b/bob/x").Allowed);
        Assert.True(Decide([own], null, null, null, star, on: "arn:aws:s3:::b/*/x").Allowed);
        // No user name in a session: the statement covers nothing.
        Assert.False(Decide([own], null, null, null, Session, on: "arn:aws:s3:::b//x").Allowed);
        Assert.True(Decide([Allow("s3:*", "arn:aws:s3:::b/${aws:username, 'none'}/*")], null, null, null, Session, on: "arn:aws:s3:::b/none/x").Allowed);
        Assert.False(Decide([Allow("s3:*", "arn:aws:s3:::b/${*}")], null, null, null, User, on: "arn:aws:s3:::b/x").Allowed);
        Assert.True(Decide([Allow("s3:*", "arn:aws:s3:::b/${*}")], null, null, null, User, on: "arn:aws:s3:::b/*").Allowed);
        Assert.False(Decide([own.Replace("2012", "2008", StringComparison.Ordinal)], null, null, null, User, on: "arn:aws:s3:::b/ann/x").Allowed);
    }

    [Fact]
    public void Sixty_four_stars_on_ten_thousand_letters_are_decided_at_once()
    {
        var pattern = string.Concat(Enumerable.Repeat("*a", 64)) + "b";
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 10; i++) Assert.False(new Wildcard(pattern, true).Matches(new string('a', 10_000), new RequestKeys()));
        Assert.True(watch.ElapsedMilliseconds < 100, $"{watch.ElapsedMilliseconds} ms for ten");
    }

    private static string Allow(string action, string resource = "*") => Start.Policy("Allow", action, resource);

    private static string Deny(string action) => Start.Policy("Deny", action, "*");

    private static string Principal(string effect, string principal, string more = "")
        => $$"""{"Version":"2012-10-17","Statement":{"Effect":"{{effect}}","Principal":{{(principal == "*" ? "\"*\"" : principal)}},"Action":"s3:*","Resource":"*"{{more}} } }""";

    private static bool May(string[] identity, string? boundary = null, string? session = null, string? resource = null, Principal? caller = null, (string, string)? keys = null)
        => Decide(identity, boundary, session, resource, caller ?? User, keys).Allowed;

    private static Decision Decide(string[] identity, string? boundary, string? session, string? resource, Principal caller, (string Name, string Value)? key = null, string on = Bucket + "/k")
    {
        var keys = RequestKeys.Of(caller, Account, DateTimeOffset.UnixEpoch);
        if (key is { } given) keys.Add(given.Name, given.Value);
        return PolicyEvaluation.Decide(caller, Account,
            new CallerPolicies([.. identity.Select(Named)], boundary is null ? null : Named(boundary), session is null ? [] : [Named(session)]),
            resource is null ? null : PolicyDocument.Parse(resource), "s3:GetObject", on, keys);
    }

    private static NamedPolicy Named(string policy) => new("p", PolicyDocument.Parse(policy));
}
