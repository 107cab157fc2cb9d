<?php
/**
 * What visitors of a suspended site see.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

use WP_Error;

defined( 'ABSPATH' ) || exit;

/**
 * A suspended site answers 503; its admin stays reachable, and so it stays to who runs the network.
 */
final class Holding_Page {

	private const RETRY_AFTER = 3600;

	/**
	 * Stands in every way in.
	 */
	public static function register(): void {
		if ( is_main_site() || ! Site::is_suspended( get_current_blog_id() ) ) {
			return;
		}
		add_action( 'template_redirect', array( self::class, 'show' ), 0 );
		add_action( 'pre_comment_on_post', array( self::class, 'show' ), 0 );
		add_filter( 'rest_authentication_errors', array( self::class, 'refuse' ), 999 );
		add_filter( 'xmlrpc_methods', '__return_empty_array', 999 );
		add_filter( 'xmlrpc_enabled', '__return_false', 999 );
	}

	/**
	 * Answers with the page.
	 *
	 * @return never
	 */
	public static function show() {
		status_header( 503 );
		nocache_headers();
		header( 'Retry-After: ' . self::RETRY_AFTER );
		header( 'Content-Type: text/html; charset=UTF-8' );
		$title = esc_html( get_bloginfo( 'name', 'display' ) );
		$words = esc_html__( 'This site is not available at the moment. Please come back later.', 'bbws' );
		// phpcs:disable WordPress.Security.EscapeOutput -- both are escaped above.
		echo "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"robots\" content=\"noindex\">"
			. '<meta name="viewport" content="width=device-width, initial-scale=1">'
			. "<title>$title</title><style>body{font:1.1rem/1.6 system-ui,sans-serif;display:grid;place-items:center;"
			. 'min-height:90vh;margin:0;color:#333;text-align:center}h1{font-weight:600}</style></head>'
			. "<body><main id=\"bbws-holding-page\"><h1>$title</h1><p>$words</p></main></body></html>";
		// phpcs:enable
		exit;
	}

	/**
	 * Refuses the REST API to all but who runs the network.
	 *
	 * @param WP_Error|true|null $result What others have decided.
	 * @return WP_Error|true|null
	 */
	public static function refuse( $result ) {
		if ( is_wp_error( $result ) || current_user_can( 'manage_network' ) ) {
			return $result;
		}
		return new WP_Error( 'bbws_site_suspended', 'The site is suspended.', array( 'status' => 503 ) );
	}
}
