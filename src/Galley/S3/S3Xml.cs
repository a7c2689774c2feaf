using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Galley.Wire;

namespace Galley.S3;

/// <summary>S3's XML: no white space, one namespace on the root of answers, none on errors; requests with or without it.</summary>
internal static class S3Xml
{
    public const string Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";
    private static readonly byte[] Declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"u8.ToArray();

    /// <summary>An answer whose root element carries the S3 namespace.</summary>
    public static Reply Answer(string root, Action<XmlWriter> write, int status = 200)
        => new Reply(status)
        {
            Body = Document(writer =>
        {
            writer.WriteStartElement(root, Namespace);
            write(writer);
            writer.WriteEndElement();
        })
        }.With("Content-Type", "application/xml");

    public static byte[] Document(Action<XmlWriter> write)
    {
        using var body = new MemoryStream();
        body.Write(Declaration);
        using (var writer = XmlWriter.Create(body, new XmlWriterSettings { Encoding = new UTF8Encoding(false), OmitXmlDeclaration = true, CheckCharacters = false }))
            write(writer);
        return body.ToArray();
    }

    public static void Element(this XmlWriter writer, string name, string? value)
    {
        if (value is null) return;
        writer.WriteStartElement(name);
        writer.WriteString(value);
        writer.WriteEndElement();
    }

    public static void Element(this XmlWriter writer, string name, Action content)
    {
        writer.WriteStartElement(name);
        content();
        writer.WriteEndElement();
    }

    public static string Text(bool value) => value ? "true" : "false";

    public static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The document's root; anything but well-formed XML with that root, a DOCTYPE included, is MalformedXML.</summary>
    public static XElement Parse(ReadOnlyMemory<byte> body, string root)
    {
        try
        {
            var element = BoundedXml.Load(body);
            return element.Name.LocalName == root ? element : throw Errors.MalformedXml();
        }
        catch (XmlException)
        {
            throw Errors.MalformedXml();
        }
    }

    /// <summary>The child elements, after making sure that none has a name we do not know.</summary>
    public static XElement Only(this XElement element, params ReadOnlySpan<string> names)
    {
        foreach (var child in element.Elements())
            if (!names.Contains(child.Name.LocalName))
                throw Errors.NotSupported($"{child.Name.LocalName} in {element.Name.LocalName}");
        return element;
    }

    public static XElement? Child(this XElement element, string name) => element.Elements().FirstOrDefault(child => child.Name.LocalName == name);

    public static IEnumerable<XElement> Children(this XElement element, string name) => element.Elements().Where(child => child.Name.LocalName == name);

    public static string? ChildText(this XElement element, string name) => element.Child(name)?.Value;

    public static bool Flag(this XElement element, string name) => element.ChildText(name)?.Trim() switch
    {
        null => false,
        "true" or "TRUE" or "1" => true,
        "false" or "FALSE" or "0" => false,
        _ => throw Errors.MalformedXml(),
    };

    public static int? Number(this XElement element, string name) => element.ChildText(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Errors.MalformedXml();
}
