using System.Security.Cryptography;
using System.Text;

namespace Galley.Tests.CloudFront;

/// <summary>Terraform's own provider makes what a site needs of CloudFront, finds nothing to change after that, and takes it away.</summary>
public class TerraformTests
{
    [Fact]
    public async Task Policies_keys_functions_and_a_distribution_are_applied_unchanged()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        using var rsa = RSA.Create(2048);
        using var terraform = await Terraform.Of(server, Resources);
        await terraform.Put("key.pem", Encoding.ASCII.GetBytes(rsa.ExportSubjectPublicKeyInfoPem() + "\n"));
        await terraform.Apply();
        await terraform.PlanNothing();
        var list = (await new AwsJs(server).Call("cloudfront", "ListDistributions"))["DistributionList"]!;
        Assert.Equal("by terraform", (string?)list["Items"]![0]!["Comment"]);
        // a destroy waits minutes for the distribution by the provider's own clock; the others go at once
        await terraform.Forget("aws_cloudfront_distribution.site");
        await new AwsJs(server).Call("cloudfront", "UpdateDistribution", await Disabled(server, (string)list["Items"]![0]!["Id"]!));
    }

    private static async Task<System.Text.Json.Nodes.JsonObject> Disabled(GalleyServer server, string id)
    {
        var got = await new AwsJs(server).Call("cloudfront", "GetDistributionConfig", new { Id = id });
        return new System.Text.Json.Nodes.JsonObject { ["Id"] = id, ["IfMatch"] = (string)got["ETag"]!, ["DistributionConfig"] = got["DistributionConfig"]!.DeepClone().AsObject().With("Enabled", false) };
    }

    private const string Resources = """
        resource "aws_cloudfront_origin_access_control" "site" {
          name = "site"
          origin_access_control_origin_type = "s3"
          signing_behavior = "always"
          signing_protocol = "sigv4"
        }

        resource "aws_cloudfront_cache_policy" "short" {
          name = "short"
          min_ttl = 0
          default_ttl = 60
          max_ttl = 600
          parameters_in_cache_key_and_forwarded_to_origin {
            cookies_config {
              cookie_behavior = "none"
            }
            headers_config {
              header_behavior = "none"
            }
            query_strings_config {
              query_string_behavior = "all"
            }
          }
        }

        resource "aws_cloudfront_public_key" "signer" {
          name = "signer"
          encoded_key = file("key.pem")
        }

        resource "aws_cloudfront_key_group" "signers" {
          name = "signers"
          items = [aws_cloudfront_public_key.signer.id]
        }

        resource "aws_cloudfront_function" "rewrite" {
          name = "rewrite"
          runtime = "cloudfront-js-2.0"
          publish = true
          code = "function handler(event) { return event.request; }"
        }

        resource "aws_cloudfront_distribution" "site" {
          enabled = true
          comment = "by terraform"
          default_root_object = "index.html"
          wait_for_deployment = false
          origin {
            origin_id = "site"
            domain_name = "my-bucket.s3.eu-west-2.amazonaws.com"
            origin_access_control_id = aws_cloudfront_origin_access_control.site.id
          }
          default_cache_behavior {
            target_origin_id = "site"
            viewer_protocol_policy = "redirect-to-https"
            allowed_methods = ["GET", "HEAD"]
            cached_methods = ["GET", "HEAD"]
            cache_policy_id = aws_cloudfront_cache_policy.short.id
            trusted_key_groups = [aws_cloudfront_key_group.signers.id]
            function_association {
              event_type = "viewer-request"
              function_arn = aws_cloudfront_function.rewrite.arn
            }
          }
          custom_error_response {
            error_code = 403
            response_code = 200
            response_page_path = "/index.html"
          }
          restrictions {
            geo_restriction {
              restriction_type = "none"
            }
          }
          viewer_certificate {
            cloudfront_default_certificate = true
          }
          tags = { made = "by terraform" }
        }
        """;
}
