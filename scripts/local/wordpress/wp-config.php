<?php
/**
 * The configuration of every tenant's WordPress on this machine: which one a request is for decides which database and
 * which wp-content it gets. In the container each of these is an environment variable of its own.
 *
 * @package BBWS\Local
 */

require __DIR__ . '/bbws-tenants.php';

$bbws_tenant = bbws_tenant_of_request();
if ( null === $bbws_tenant ) {
	header( 'Content-Type: text/html', true, 404 );
	echo '<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>';
	exit;
}

define( 'DB_NAME', $bbws_tenant['database'] );
define( 'DB_USER', BBWS_DB_USER );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:' . BBWS_DB_SOCKET );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $bbws_name ) {
	define( "{$bbws_name}_KEY", hash( 'sha256', "$bbws_name key " . BBWS_SECRET ) );
	define( "{$bbws_name}_SALT", hash( 'sha256', "$bbws_name salt " . BBWS_SECRET ) );
}
$table_prefix = 'wp_'; // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- this is where it is set.

define( 'BBWS_TENANT_ID', $bbws_tenant['tenantId'] );
define( 'WP_CONTENT_DIR', $bbws_tenant['content'] );
define( 'WP_CONTENT_URL', 'https://' . ( $_SERVER['HTTP_HOST'] ?? $bbws_tenant['networkHost'] ) . '/wp-content' ); // phpcs:ignore
// The load balancer ends TLS; what comes from it was asked for by HTTPS.
$_SERVER['HTTPS'] = 'on';

// Tests look at what a request has cost.
header_register_callback( static fn() => header( 'X-Peak-Memory: ' . memory_get_peak_usage( true ) ) );

define( 'WP_ENVIRONMENT_TYPE', 'local' );
define( 'FS_METHOD', 'direct' );
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', $bbws_tenant['content'] . '/debug.log' );
if ( getenv( 'BBWS_BATCH_SECONDS' ) ) {
	define( 'BBWS_BATCH_SECONDS', (float) getenv( 'BBWS_BATCH_SECONDS' ) );
}

if ( ! defined( 'BBWS_INSTALLING' ) ) {
	define( 'SUNRISE', true );
	define( 'MULTISITE', true );
	define( 'SUBDOMAIN_INSTALL', true );
	define( 'DOMAIN_CURRENT_SITE', $bbws_tenant['networkHost'] );
	define( 'PATH_CURRENT_SITE', '/' );
	define( 'SITE_ID_CURRENT_SITE', 1 );
	define( 'BLOG_ID_CURRENT_SITE', 1 );
}

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
