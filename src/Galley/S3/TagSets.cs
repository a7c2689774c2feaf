using System.Xml;
using System.Xml.Linq;
using Galley.Wire;

namespace Galley.S3;

/// <summary>Tags of buckets (50) and objects (10): the XML form and the header form.</summary>
internal static class TagSets
{
    public static List<Tag> Read(XElement tagSet, int max)
    {
        var tags = new List<Tag>();
        foreach (var element in tagSet.Only("Tag").Elements())
            tags.Add(new Tag(element.Only("Key", "Value").ChildText("Key") ?? throw Errors.MalformedXml(), element.ChildText("Value") ?? throw Errors.MalformedXml()));
        return Check(tags, max);
    }

    /// <summary>`x-amz-tagging: a=1&amp;b=2`.</summary>
    public static List<Tag> Read(string? header)
        => header is null ? [] : Check([.. ApiRequest.ParseForm(header).Select(pair => new Tag(pair.Key, pair.Value))], 10);

    public static void Write(XmlWriter writer, IReadOnlyList<Tag> tags, string name = "TagSet") => writer.Element(name, () =>
    {
        foreach (var tag in tags)
            writer.Element("Tag", () =>
            {
                writer.Element("Key", tag.Key);
                writer.Element("Value", tag.Value);
            });
    });

    private static List<Tag> Check(List<Tag> tags, int max)
    {
        if (tags.Count > max) throw new AwsError("BadRequest", $"{(max == 10 ? "Object" : "Bucket")} tag count cannot be greater than {max}");
        foreach (var tag in tags)
        {
            if (tag.Key.Length is 0 or > 128) throw new AwsError("InvalidTag", "The TagKey you have provided is invalid").With("TagKey", tag.Key);
            if (tag.Value.Length > 256) throw new AwsError("InvalidTag", "The TagValue you have provided is invalid").With("TagKey", tag.Key).With("TagValue", tag.Value);
            if (tag.Key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)) throw new AwsError("InvalidTag", "System tags cannot be added/updated by requester").With("TagKey", tag.Key);
        }

        if (tags.DistinctBy(tag => tag.Key).Count() != tags.Count) throw new AwsError("InvalidTag", "Cannot provide multiple Tags with the same key");
        return tags;
    }
}
