using System.Xml.Linq;
using Galley.Wire;

namespace Galley.S3;

/// <summary>The CORS configuration of a bucket as a document, checked.</summary>
internal static class CorsXml
{
    private const int MaxRules = 100;
    private static readonly string[] Methods = ["GET", "PUT", "HEAD", "POST", "DELETE"];

    public static List<CorsRule> Read(XElement configuration)
    {
        var rules = new List<CorsRule>();
        foreach (var rule in configuration.Only("CORSRule").Elements())
        {
            rule.Only("ID", "AllowedOrigin", "AllowedMethod", "AllowedHeader", "ExposeHeader", "MaxAgeSeconds");
            rules.Add(new CorsRule(rule.ChildText("ID"), Texts(rule, "AllowedOrigin"), Texts(rule, "AllowedMethod"), Texts(rule, "AllowedHeader"), Texts(rule, "ExposeHeader"), rule.Number("MaxAgeSeconds")));
        }

        return Check(rules);
    }

    public static List<CorsRule> Check(List<CorsRule> rules)
    {
        if (rules.Count is 0 or > MaxRules) throw Errors.MalformedXml();
        foreach (var rule in rules)
        {
            if (rule.AllowedOrigins.Count == 0 || rule.AllowedMethods.Count == 0) throw Errors.MalformedXml();
            if (rule.AllowedMethods.FirstOrDefault(method => !Methods.Contains(method)) is { } method)
                throw Errors.InvalidRequest($"Found unsupported HTTP method in CORS config. Unsupported method is {method}");
            if (rule.AllowedOrigins.FirstOrDefault(TwoStars) is { } origin) throw Errors.InvalidRequest($"AllowedOrigin \"{origin}\" can not have more than one wildcard.");
            if (rule.AllowedHeaders.FirstOrDefault(TwoStars) is { } header) throw Errors.InvalidRequest($"AllowedHeader \"{header}\" can not have more than one wildcard.");
            if (rule.ExposeHeaders.FirstOrDefault(name => name.Contains('*', StringComparison.Ordinal)) is { } exposed)
                throw Errors.InvalidRequest($"ExposeHeader \"{exposed}\" contains wildcard. We currently do not support wildcard for ExposeHeader.");
        }

        return rules;
    }

    public static Reply Write(IReadOnlyList<CorsRule> rules) => S3Xml.Answer("CORSConfiguration", writer =>
    {
        foreach (var rule in rules)
            writer.Element("CORSRule", () =>
            {
                writer.Element("ID", rule.Id);
                foreach (var header in rule.AllowedHeaders) writer.Element("AllowedHeader", header);
                foreach (var method in rule.AllowedMethods) writer.Element("AllowedMethod", method);
                foreach (var origin in rule.AllowedOrigins) writer.Element("AllowedOrigin", origin);
                foreach (var header in rule.ExposeHeaders) writer.Element("ExposeHeader", header);
                if (rule.MaxAgeSeconds is { } age) writer.Element("MaxAgeSeconds", S3Xml.Text(age));
            });
    });

    private static List<string> Texts(XElement rule, string name) => [.. rule.Children(name).Select(child => child.Value)];

    private static bool TwoStars(string text) => text.Count(c => c == '*') > 1;
}
