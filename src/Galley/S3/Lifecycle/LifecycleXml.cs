using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Galley.Wire;

namespace Galley.S3;

/// <summary>The lifecycle configuration of a bucket as a document.</summary>
internal static class LifecycleXml
{
    public static List<LifecycleRule> Read(XElement configuration, Func<string> newId)
        => LifecycleRules.Check([.. configuration.Only("Rule").Elements().Select(rule => Rule(rule, newId))]);

    public static void Write(XmlWriter writer, LifecycleRule rule) => writer.Element("Rule", () =>
    {
        writer.Element("ID", rule.Id);
        if (rule.Legacy) writer.Element("Prefix", rule.Prefix);
        else Filter(writer, rule);
        writer.Element("Status", rule.Enabled ? "Enabled" : "Disabled");
        foreach (var transition in rule.Transitions ?? []) Transition(writer, "Transition", "Days", transition);
        if (rule.Days is not null || rule.Date is not null || rule.ExpiredMarkers)
            writer.Element("Expiration", () =>
            {
                writer.Element("Days", Text(rule.Days));
                writer.Element("Date", rule.Date is { } date ? S3Xml.Time(date) : null);
                if (rule.ExpiredMarkers) writer.Element("ExpiredObjectDeleteMarker", "true");
            });
        foreach (var transition in rule.NoncurrentTransitions ?? []) Transition(writer, "NoncurrentVersionTransition", "NoncurrentDays", transition);
        if (rule.NoncurrentDays is not null)
            writer.Element("NoncurrentVersionExpiration", () =>
            {
                writer.Element("NewerNoncurrentVersions", Text(rule.NewerNoncurrent));
                writer.Element("NoncurrentDays", Text(rule.NoncurrentDays));
            });
        if (rule.AbortDays is not null) writer.Element("AbortIncompleteMultipartUpload", () => writer.Element("DaysAfterInitiation", Text(rule.AbortDays)));
    });

    private static LifecycleRule Rule(XElement rule, Func<string> newId)
    {
        rule.Only("ID", "Prefix", "Filter", "Status", "Expiration", "Transition", "NoncurrentVersionExpiration", "NoncurrentVersionTransition", "AbortIncompleteMultipartUpload");
        if (rule.ChildText("Status") is not ("Enabled" or "Disabled")) throw Errors.MalformedXml();
        var (filter, prefix) = (rule.Child("Filter"), rule.Child("Prefix"));
        if (filter is null == prefix is null) throw Errors.MalformedXml();
        var expiration = rule.Child("Expiration")?.Only("Days", "Date", "ExpiredObjectDeleteMarker");
        if (expiration is not null && expiration.Elements().Count() != 1) throw Errors.MalformedXml();
        var noncurrent = rule.Child("NoncurrentVersionExpiration")?.Only("NoncurrentDays", "NewerNoncurrentVersions");
        if (noncurrent is not null && noncurrent.Child("NoncurrentDays") is null) throw Errors.MalformedXml();
        var transitions = rule.Children("Transition").Select(one => Transition(one.Only("Days", "Date", "StorageClass"), "Days")).ToList();
        var older = rule.Children("NoncurrentVersionTransition").Select(one => Transition(one.Only("NoncurrentDays", "NewerNoncurrentVersions", "StorageClass"), "NoncurrentDays")).ToList();
        return Filter(filter, new LifecycleRule(rule.ChildText("ID") is { Length: > 0 } id ? id : newId(), rule.ChildText("Status") == "Enabled", prefix?.Value, filter is null, [], null, null)) with
        {
            Days = Signed(expiration, "Days"),
            Date = Date(expiration),
            ExpiredMarkers = expiration?.Flag("ExpiredObjectDeleteMarker") == true,
            NoncurrentDays = Signed(noncurrent, "NoncurrentDays"),
            NewerNoncurrent = Signed(noncurrent, "NewerNoncurrentVersions"),
            AbortDays = Signed(rule.Child("AbortIncompleteMultipartUpload")?.Only("DaysAfterInitiation"), "DaysAfterInitiation"),
            Transitions = transitions.Count > 0 ? transitions : null,
            NoncurrentTransitions = older.Count > 0 ? older : null,
        };
    }

    private static LifecycleRule Filter(XElement? filter, LifecycleRule rule)
    {
        if (filter is null) return rule;
        filter.Only("Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And");
        if (filter.Elements().Count() > 1) throw Errors.MalformedXml();
        var and = filter.Child("And")?.Only("Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan");
        if (and is not null && and.Elements().Count() < 2) throw Errors.MalformedXml();
        var of = and ?? filter;
        return rule with
        {
            Prefix = of.ChildText("Prefix"),
            Tags = [.. of.Children("Tag").Select(tag => new Tag(tag.ChildText("Key") ?? throw Errors.MalformedXml(), tag.ChildText("Value") ?? throw Errors.MalformedXml()))],
            LargerThan = Long(of, "ObjectSizeGreaterThan"),
            SmallerThan = Long(of, "ObjectSizeLessThan"),
            And = and is not null,
        };
    }

    private static Transition Transition(XElement one, string days)
        => new(Signed(one, days), Date(one), Signed(one, "NewerNoncurrentVersions"), one.ChildText("StorageClass") ?? throw Errors.MalformedXml());

    private static void Filter(XmlWriter writer, LifecycleRule rule) => writer.Element("Filter", () =>
    {
        if (rule.And) writer.Element("And", Parts);
        else Parts();

        void Parts()
        {
            writer.Element("Prefix", rule.Prefix);
            writer.Element("ObjectSizeGreaterThan", rule.LargerThan is { } larger ? S3Xml.Text(larger) : null);
            writer.Element("ObjectSizeLessThan", rule.SmallerThan is { } smaller ? S3Xml.Text(smaller) : null);
            foreach (var tag in rule.Tags)
                writer.Element("Tag", () =>
                {
                    writer.Element("Key", tag.Key);
                    writer.Element("Value", tag.Value);
                });
        }
    });

    private static void Transition(XmlWriter writer, string name, string days, Transition transition) => writer.Element(name, () =>
    {
        writer.Element(days, Text(transition.Days));
        writer.Element("Date", transition.Date is { } date ? S3Xml.Time(date) : null);
        writer.Element("NewerNoncurrentVersions", Text(transition.Newer));
        writer.Element("StorageClass", transition.StorageClass);
    });

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static int? Signed(XElement? element, string name) => element?.ChildText(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Errors.MalformedXml();

    private static long? Long(XElement element, string name) => element.ChildText(name) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Errors.MalformedXml();

    private static DateTimeOffset? Date(XElement? element) => element?.ChildText("Date") is not { } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date) ? date : throw Errors.MalformedXml();
}
