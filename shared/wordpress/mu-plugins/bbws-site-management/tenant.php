<?php
/**
 * Whose WordPress this is.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

defined( 'ABSPATH' ) || exit;

/**
 * Every answer names the tenant, and a request for another tenant gets no answer but that.
 *
 * The load balancer routes by the header X-Tenant-Id. Were it to route wrongly, the caller would work on somebody
 * else's sites; so both sides check.
 */
final class Tenant {

	/**
	 * Sends the tenant's name with whatever is answered, and ends a request that is for another one.
	 */
	public static function guard(): void {
		if ( headers_sent() ) {
			return;
		}
		header( 'X-Tenant-Id: ' . self::id() );
		// phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- it is compared and never used.
		$asked = isset( $_SERVER['HTTP_X_TENANT_ID'] ) ? wp_unslash( $_SERVER['HTTP_X_TENANT_ID'] ) : null;
		if ( null !== $asked && self::id() !== $asked ) {
			self::refuse();
		}
	}

	/**
	 * The tenant's id.
	 */
	public static function id(): string {
		if ( defined( 'BBWS_TENANT_ID' ) ) {
			return (string) BBWS_TENANT_ID;
		}
		return (string) getenv( 'BBWS_TENANT_ID' );
	}

	/**
	 * Ends the request before WordPress has looked at it.
	 *
	 * @return never
	 */
	private static function refuse() {
		status_header( 421 );
		nocache_headers();
		header( 'Content-Type: application/json; charset=UTF-8' );
		echo wp_json_encode(
			array(
				'code'    => 'bbws_wrong_tenant',
				'message' => 'This is not the WordPress of that tenant.',
				'data'    => array( 'status' => 421 ),
			)
		);
		exit;
	}
}
