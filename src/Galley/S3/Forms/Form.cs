using Galley.Wire;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Galley.S3.Forms;

/// <summary>A multipart/form-data body: its fields, then the file as a stream; what follows the file is ignored, as S3 does.</summary>
internal sealed class Form
{
    private const int MostFields = 100, MostBytes = 20 << 10;
    private readonly List<KeyValuePair<string, string>> _fields = [];

    /// <summary>In the order sent.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Fields => _fields;

    public Stream File { get; private set; } = Stream.Null;

    public string FileName { get; private set; } = "";

    /// <summary>A field's value by its name in any case; null when it is not there.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var (at, value) in _fields)
                if (at.Equals(name, StringComparison.OrdinalIgnoreCase))
                    return value;
            return null;
        }
    }

    public static async ValueTask<Form> Read(S3Request request, CancellationToken cancel)
    {
        var type = request.Header("Content-Type");
        if (type is null || !MediaTypeHeaderValue.TryParse(type, out var media) || !media.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(media.Boundary).ToString() is not { Length: > 0 and <= 200 } boundary)
            throw Errors.PreconditionFailed("Bucket POST must be of the enclosure-type multipart/form-data");
        var form = new Form();
        var reader = new MultipartReader(boundary, request.Http!.Request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 8 << 10 };
        try
        {
            await form.ReadFields(reader, cancel);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new AwsError("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.");
        }

        return form;
    }

    private async ValueTask ReadFields(MultipartReader reader, CancellationToken cancel)
    {
        var size = 0;
        while (await reader.ReadNextSectionAsync(cancel) is { } section)
        {
            if (section.GetContentDispositionHeader() is not { } disposition) continue;
            var name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
            if (name.Equals("file", StringComparison.OrdinalIgnoreCase))
            {
                (File, FileName) = (section.Body, (HeaderUtilities.RemoveQuotes(disposition.FileName).Value ?? "").Split('/', '\\')[^1]);
                return;
            }

            using var text = new StreamReader(section.Body);
            var room = new char[MostBytes];
            var read = await text.ReadBlockAsync(room, cancel);
            size += read + name.Length;
            if (size > MostBytes || _fields.Count == MostFields || text.Peek() >= 0)
                throw new AwsError("MaxPostPreDataLengthExceeded", "Your POST request fields preceding the upload file was too large.").With("MaxPostPreDataLengthBytes", S3Xml.Text(MostBytes));
            _fields.Add(new(name, new string(room, 0, read)));
        }

        throw Errors.InvalidArgument("POST requires exactly one file upload per request.", "file", "0");
    }
}
