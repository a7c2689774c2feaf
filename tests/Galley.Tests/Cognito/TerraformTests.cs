namespace Galley.Tests.Cognito;

/// <summary>Terraform's own provider makes a pool with everything around it, changes it, finds nothing to change after that, and takes it away.</summary>
public class TerraformTests
{
    [Fact]
    public async Task A_pool_and_all_that_belongs_to_it_is_applied_changed_and_destroyed()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", PasswordRounds = 10 });
        var js = new AwsJs(server);
        using var terraform = await Terraform.Of(server, Pool("OPTIONAL", 10));
        await terraform.Apply();
        await terraform.Change(Pool("ON", 12));
        await terraform.Apply();
        await terraform.PlanNothing();
        var id = (string)(await js.Call("cognito-identity-provider", "ListUserPools", new { MaxResults = 1 }))["UserPools"]![0]!["Id"]!;
        var pool = (await js.Call("cognito-identity-provider", "DescribeUserPool", new { UserPoolId = id }))["UserPool"]!;
        Assert.Equal(("ON", 12, "people-of-terraform"), ((string)pool["MfaConfiguration"]!, (int)pool["Policies"]!["PasswordPolicy"]!["MinimumLength"]!, (string)pool["Domain"]!));
        await terraform.Destroy();
        Assert.Empty((await js.Call("cognito-identity-provider", "ListUserPools", new { MaxResults = 1 }))["UserPools"]!.AsArray());
    }

    private static string Pool(string mfa, int length) => $$"""
        resource "aws_cognito_user_pool" "people" {
          name = "people"
          alias_attributes = ["email", "preferred_username"]
          auto_verified_attributes = ["email"]
          mfa_configuration = "{{mfa}}"
          deletion_protection = "INACTIVE"
          username_configuration { case_sensitive = false }
          software_token_mfa_configuration { enabled = true }
          password_policy {
            minimum_length = {{length}}
            require_lowercase = true
            require_numbers = true
            require_symbols = false
            require_uppercase = true
            temporary_password_validity_days = 3
            password_history_size = 2
          }
          account_recovery_setting {
            recovery_mechanism {
              name = "verified_email"
              priority = 1
            }
          }
          admin_create_user_config {
            allow_admin_create_user_only = false
            invite_message_template {
              email_message = "Hello {username}, {####}"
              email_subject = "Welcome"
              sms_message = "{username} {####}"
            }
          }
          device_configuration {
            challenge_required_on_new_device = true
            device_only_remembered_on_user_prompt = true
          }
          user_attribute_update_settings { attributes_require_verification_before_update = ["email"] }
          verification_message_template {
            default_email_option = "CONFIRM_WITH_CODE"
            email_message = "Code {####}"
            email_subject = "Code"
          }
          schema {
            name = "email"
            attribute_data_type = "String"
            required = true
            mutable = true
            developer_only_attribute = false
            string_attribute_constraints {
              min_length = "0"
              max_length = "2048"
            }
          }
          schema {
            name = "team"
            attribute_data_type = "String"
            mutable = true
            required = false
            developer_only_attribute = false
            string_attribute_constraints {
              min_length = "1"
              max_length = "20"
            }
          }
          tags = { made = "by terraform" }
        }

        resource "aws_cognito_resource_server" "api" {
          user_pool_id = aws_cognito_user_pool.people.id
          identifier = "api"
          name = "api"
          scope {
            scope_name = "read"
            scope_description = "reads"
          }
        }

        resource "aws_cognito_identity_provider" "partner" {
          user_pool_id = aws_cognito_user_pool.people.id
          provider_name = "Partner"
          provider_type = "OIDC"
          provider_details = {
            client_id = "c"
            client_secret = "s"
            authorize_scopes = "openid"
            attributes_request_method = "GET"
            oidc_issuer = "https://idp.example.com"
            authorize_url = "https://idp.example.com/a"
            token_url = "https://idp.example.com/t"
            attributes_url = "https://idp.example.com/u"
            jwks_uri = "https://idp.example.com/j"
            attributes_url_add_attributes = "false"
          }
          attribute_mapping = {
            email = "email"
            username = "sub"
          }
        }

        resource "aws_cognito_user_pool_client" "app" {
          user_pool_id = aws_cognito_user_pool.people.id
          name = "app"
          generate_secret = true
          explicit_auth_flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
          callback_urls = ["https://app.example.com/cb"]
          logout_urls = ["https://app.example.com/"]
          allowed_oauth_flows = ["code"]
          allowed_oauth_scopes = ["openid", "email", "api/read"]
          allowed_oauth_flows_user_pool_client = true
          supported_identity_providers = ["COGNITO", aws_cognito_identity_provider.partner.provider_name]
          prevent_user_existence_errors = "ENABLED"
          access_token_validity = 30
          id_token_validity = 30
          refresh_token_validity = 6
          token_validity_units {
            access_token = "minutes"
            id_token = "minutes"
            refresh_token = "days"
          }
          depends_on = [aws_cognito_resource_server.api]
        }

        resource "aws_cognito_user_pool_domain" "pages" {
          user_pool_id = aws_cognito_user_pool.people.id
          domain = "people-of-terraform"
        }

        resource "aws_cognito_user_group" "cooks" {
          user_pool_id = aws_cognito_user_pool.people.id
          name = "cooks"
          description = "who cook"
          precedence = 5
        }

        resource "aws_cognito_user" "ann" {
          user_pool_id = aws_cognito_user_pool.people.id
          username = "ann"
          password = "Passw0rd123"
          message_action = "SUPPRESS"
          attributes = {
            email = "ann@example.com"
            email_verified = "true"
            team = "blue"
          }
        }

        resource "aws_cognito_user_in_group" "ann" {
          user_pool_id = aws_cognito_user_pool.people.id
          group_name = aws_cognito_user_group.cooks.name
          username = aws_cognito_user.ann.username
        }

        resource "aws_cognito_user_pool_ui_customization" "look" {
          user_pool_id = aws_cognito_user_pool_domain.pages.user_pool_id
          css = ".banner-customizable {padding: 1px}"
        }
        """;
}
