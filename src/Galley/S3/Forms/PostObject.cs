using System.Text;
using Galley.S3.Events;
using Galley.Wire;

namespace Galley.S3.Forms;

/// <summary>
/// Uploads by HTML form (POST Object): a policy that somebody signed says what the form may be, and the object is put with the signer's
/// rights; without a policy it is put by nobody, whom only the bucket can allow.
/// </summary>
internal sealed class PostObject(Installation installation, Access access, Objects objects, Blobs blobs, Changes changes, Func<string, ValueTask<CallerKey?>> keys)
{
    private static readonly string[] V4 = ["x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature"], V2 = ["AWSAccessKeyId", "signature"];

    public async ValueTask<Reply> Post(S3Request request, Call call)
    {
        var bucket = await access.BlockedBucket(request, call);
        var form = await Form.Read(request, call.Cancellation);
        var key = form["key"] is { Length: > 0 } name
            ? name.Replace("${filename}", form.FileName, StringComparison.Ordinal)
            : throw Missing("key");
        var (policy, signer) = await Signed(form, key, request, call);
        call.Principal = signer;
        var put = new S3Request("POST", request.Bucket, key, [], header => HeaderOf(form, header)) { Api = request.Api, Fields = form.Fields };
        S3Request.CheckKey(key);
        if (!await access.Allows(bucket, signer, "s3:PutObject", put.ObjectArn, Access.Conditions(put).DistinctBy(pair => pair.Key).ToDictionary(pair => pair.Key, pair => pair.Value)))
        {
            call.Trail.Add("policy", false, $"s3:PutObject on {put.ObjectArn} by a form: not allowed");
            throw Errors.AccessDenied();
        }

        var template = ObjectHeaders.Template(put, bucket, call);
        await using var body = IncomingBody.OfForm(put, new Measured(form.File, policy?.Length));
        var made = await blobs.Keep(
            body, null, kept =>
            {
                body.Verify(kept);
                return changes.Put(call.Account, request.Bucket, objects.Made(template, kept, body.Checksum), kept.Bytes, default, Cause.Of(call, Cause.Post));
            }, call.Cancellation);
        return Answer(request, form, bucket, made);
    }

    /// <summary>The policy, and who signed it.</summary>
    private async ValueTask<(FormPolicy? Policy, Principal Signer)> Signed(Form form, string key, S3Request request, Call call)
    {
        if (form["policy"] is not { Length: > 0 } policy) return (null, Principal.Anonymous);
        var isV4 = Array.Exists(V4, field => form[field] is not null);
        if (!isV4 && !Array.Exists(V2, field => form[field] is not null)) throw Errors.AccessDenied();
        if (Array.Find(isV4 ? V4 : V2, field => form[field] is null) is { } absent) throw Missing(absent);
        var signer = await Signer(form, policy, isV4, installation.SignatureRules(request.Http!, call.Region, call.Account));
        call.Trail.Add("signature", true, "the form's policy was signed by", signer.Arn);
        var bytes = new byte[policy.Length];
        if (!Convert.TryFromBase64String(policy, bytes, out var length)) throw new AwsError("InvalidPolicyDocument", "Invalid Policy: Invalid JSON.");
        try
        {
            var parsed = FormPolicy.Parse(bytes[..length], installation.Now);
            var fields = new Dictionary<string, string>();
            foreach (var (name, value) in form.Fields)
                if (!fields.TryAdd(name.ToLowerInvariant(), value))
                    throw Errors.InvalidArgument($"POST form contains the field {name} more than once.", name, value);
            (fields["key"], fields["bucket"]) = (key, request.Bucket);
            parsed.Check(fields);
            return (parsed, signer);
        }
        catch (AwsError error)
        {
            call.Trail.Add("form policy", false, error.Message);
            throw;
        }
    }

    private async ValueTask<Principal> Signer(Form form, string policy, bool isV4, SigV4.Rules rules)
    {
        var signature = form[isV4 ? "x-amz-signature" : "signature"]!;
        SigV4Credential? credential = null;
        if (isV4)
        {
            if (form["x-amz-algorithm"] != SigV4.Algorithm) throw Errors.InvalidArgument("Only AWS4-HMAC-SHA256 is supported", "x-amz-algorithm", form["x-amz-algorithm"]);
            credential = PolicySignature.ReadCredential(form["x-amz-credential"]!) is { Service: "s3", Terminator: "aws4_request" } read
                ? read : throw Errors.InvalidArgument("The Credential field is malformed.", "x-amz-credential", form["x-amz-credential"]);
        }

        return await PolicySignature.Verify(credential?.AccessKeyId ?? form["AWSAccessKeyId"]!, credential, policy, signature, form["x-amz-security-token"], rules, keys);
    }

    /// <summary>Fields stand for the headers of a PUT; `acl` and `tagging` have names of their own.</summary>
    private static string? HeaderOf(Form form, string header) => header.ToLowerInvariant() switch
    {
        "x-amz-acl" => form["acl"] ?? form["x-amz-acl"],
        "x-amz-tagging" => form["tagging"] is { } xml ? TagsOf(xml) : null,
        "content-length" or "if-match" or "if-none-match" => null,
        _ => form[header],
    };

    private static string TagsOf(string xml)
    {
        var tagging = S3Xml.Parse(Encoding.UTF8.GetBytes(xml), "Tagging").Only("TagSet");
        return string.Join('&', TagSets.Read(tagging.Child("TagSet") ?? throw Errors.MalformedXml(), 10).Select(tag => $"{Uri.EscapeDataString(tag.Key)}={Uri.EscapeDataString(tag.Value)}"));
    }

    private static Reply Answer(S3Request request, Form form, BucketRecord bucket, ObjectRecord made)
    {
        var http = request.Http!.Request;
        var path = string.Join('/', made.Key.Split('/').Select(Uri.EscapeDataString));
        var location = $"{http.Scheme}://{http.Host}/{(request.Api!.HostBucket.Length > 0 ? "" : request.Bucket + "/")}{path}";
        var redirect = form["success_action_redirect"] ?? form["redirect"];
        Reply reply;
        if (redirect is not null && Uri.TryCreate(redirect, UriKind.Absolute, out var to) && to.Scheme is "http" or "https")
        {
            var query = $"bucket={Uri.EscapeDataString(request.Bucket)}&key={Uri.EscapeDataString(made.Key)}&etag={Uri.EscapeDataString(made.ETag)}";
            reply = new Reply(303).With("Location", $"{redirect}{(to.Query.Length > 0 ? "&" : "?")}{query}");
        }
        else if (form["success_action_status"] == "201")
            reply = S3Xml.Answer("PostResponse", writer =>
            {
                writer.Element("Location", location);
                writer.Element("Bucket", request.Bucket);
                writer.Element("Key", made.Key);
                writer.Element("ETag", made.ETag);
            }, 201).With("Location", location);
        else reply = new Reply(form["success_action_status"] == "200" ? 200 : 204).With("Location", location);
        foreach (var (name, value) in ObjectHeaders.Written(bucket, made).Headers) reply.With(name, value);
        return reply;
    }

    private static AwsError Missing(string field)
        => Errors.InvalidArgument($"Bucket POST must contain a field named '{field}'.  If it is specified, please check the order of the fields.", field, "");

    /// <summary>Counts the file against the policy's content-length-range.</summary>
    private sealed class Measured(Stream file, (long Least, long Most)? allowed) : ReadOnlyBodyStream
    {
        private long _count;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read;
            try
            {
                read = await file.ReadAsync(buffer, cancellationToken);
            }
            catch (IOException)
            {
                throw Errors.IncompleteBody();
            }

            _count += read;
            if (allowed is not { } range) return read;
            if (_count > range.Most) throw Errors.EntityTooLarge().With("ProposedSize", S3Xml.Text(_count)).With("MaxSizeAllowed", S3Xml.Text(range.Most));
            if (read == 0 && buffer.Length > 0 && _count < range.Least)
                throw new AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size").With("ProposedSize", S3Xml.Text(_count)).With("MinSizeAllowed", S3Xml.Text(range.Least));
            return read;
        }
    }
}
