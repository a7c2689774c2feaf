using System.Xml.Linq;
using Galley.Wire;

namespace Galley.S3;

/// <summary>PutBucketWebsite, GetBucketWebsite, DeleteBucketWebsite, and what a website configuration must satisfy.</summary>
internal sealed class Websites(Settings settings)
{
    private const int MaxRules = 50;

    public async ValueTask<Reply> PutBucketWebsite(S3Request request, Call call)
    {
        var website = Read(S3Xml.Parse(await IncomingBody.ReadAll(request, call), "WebsiteConfiguration"));
        await settings.Change(request.Bucket, call, bucket => bucket with { Website = website });
        return new Reply();
    }

    public async ValueTask<Reply> GetBucketWebsite(S3Request request, Call call)
    {
        var bucket = await settings.Get(request, call);
        return Write(bucket.Website ?? throw Errors.Never("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", bucket.Name));
    }

    public async ValueTask<Reply> DeleteBucketWebsite(S3Request request, Call call)
    {
        await settings.Change(request.Bucket, call, bucket => bucket with { Website = null });
        return new Reply(204);
    }

    public static WebsiteConfiguration Check(WebsiteConfiguration website)
    {
        if (website.RedirectAll is not null)
            return website is { Index: null, Error: null, Rules.Count: 0 }
                ? website with { RedirectAll = website.RedirectAll with { Protocol = Protocol(website.RedirectAll.Protocol) } }
                : throw Errors.InvalidArgument("RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.", "RedirectAllRequestsTo", "not null");
        if (website.Index is null) throw Errors.InvalidArgument("A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty", "IndexDocument", "null");
        if (website.Index.Length == 0 || website.Index.Contains('/', StringComparison.Ordinal))
            throw Errors.InvalidArgument("The IndexDocument Suffix is not well formed", "IndexDocument", website.Index);
        if (website.Error is { Length: 0 }) throw Errors.InvalidArgument("The ErrorDocument Key is not well formed", "ErrorDocument", "");
        if (website.Rules.Count > MaxRules) throw Errors.InvalidRequest($"{website.Rules.Count} routing rules provided, the number of routing rules in a website configuration is limited to {MaxRules}.");
        foreach (var rule in website.Rules)
        {
            if (rule.ReplacePrefix is not null && rule.ReplaceKey is not null) throw Errors.InvalidRequest("You can only define ReplaceKeyPrefix or ReplaceKey but not both.");
            if (rule.RedirectCode is { } code and not (>= 301 and <= 399)) throw Errors.InvalidRequest($"The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except 300.");
            if (rule.ErrorCode is { } error and not (>= 400 and <= 599)) throw Errors.InvalidRequest($"The provided HTTP error code ({error}) is not valid. Valid codes are 4XX or 5XX.");
            Protocol(rule.Protocol);
        }

        return website;
    }

    private static WebsiteConfiguration Read(XElement root)
    {
        root.Only("IndexDocument", "ErrorDocument", "RedirectAllRequestsTo", "RoutingRules");
        var all = root.Child("RedirectAllRequestsTo")?.Only("HostName", "Protocol");
        return Check(new WebsiteConfiguration(
            root.Child("IndexDocument")?.Only("Suffix") is { } index ? index.ChildText("Suffix") ?? "" : null,
            root.Child("ErrorDocument")?.Only("Key").ChildText("Key"),
            all is null ? null : new RedirectAll(all.ChildText("HostName") is { Length: > 0 } host ? host : throw Errors.MalformedXml(), all.ChildText("Protocol")),
            [.. root.Child("RoutingRules")?.Only("RoutingRule").Elements().Select(Rule) ?? []]));
    }

    private static RoutingRule Rule(XElement rule)
    {
        rule.Only("Condition", "Redirect");
        var condition = rule.Child("Condition")?.Only("KeyPrefixEquals", "HttpErrorCodeReturnedEquals");
        if (condition is { HasElements: false })
            throw Errors.InvalidRequest("Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.");
        var redirect = rule.Child("Redirect")?.Only("HostName", "Protocol", "HttpRedirectCode", "ReplaceKeyPrefixWith", "ReplaceKeyWith");
        if (redirect is null or { HasElements: false }) throw Errors.MalformedXml();
        return new RoutingRule(
            condition?.ChildText("KeyPrefixEquals"), condition?.Number("HttpErrorCodeReturnedEquals"), redirect.ChildText("HostName"), redirect.ChildText("Protocol"),
            redirect.Number("HttpRedirectCode"), redirect.ChildText("ReplaceKeyPrefixWith"), redirect.ChildText("ReplaceKeyWith"));
    }

    private static string? Protocol(string? protocol)
        => protocol is null or "http" or "https" ? protocol : throw Errors.InvalidRequest("Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.");

    private static Reply Write(WebsiteConfiguration website) => S3Xml.Answer("WebsiteConfiguration", writer =>
    {
        if (website.RedirectAll is { } all)
            writer.Element("RedirectAllRequestsTo", () =>
            {
                writer.Element("HostName", all.HostName);
                writer.Element("Protocol", all.Protocol);
            });
        if (website.Index is not null) writer.Element("IndexDocument", () => writer.Element("Suffix", website.Index));
        if (website.Error is not null) writer.Element("ErrorDocument", () => writer.Element("Key", website.Error));
        if (website.Rules.Count == 0) return;
        writer.Element("RoutingRules", () =>
        {
            foreach (var rule in website.Rules)
                writer.Element("RoutingRule", () =>
                {
                    if (rule.KeyPrefix is not null || rule.ErrorCode is not null)
                        writer.Element("Condition", () =>
                        {
                            writer.Element("HttpErrorCodeReturnedEquals", rule.ErrorCode is { } error ? S3Xml.Text(error) : null);
                            writer.Element("KeyPrefixEquals", rule.KeyPrefix);
                        });
                    writer.Element("Redirect", () =>
                    {
                        writer.Element("HostName", rule.HostName);
                        writer.Element("HttpRedirectCode", rule.RedirectCode is { } code ? S3Xml.Text(code) : null);
                        writer.Element("Protocol", rule.Protocol);
                        writer.Element("ReplaceKeyPrefixWith", rule.ReplacePrefix);
                        writer.Element("ReplaceKeyWith", rule.ReplaceKey);
                    });
                });
        });
    });
}
